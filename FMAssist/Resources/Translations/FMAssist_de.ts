<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en_US">
 <context>
  <name>FMAssist</name>
  <message>
   <source>FMAssist</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Segments a scan with a foundation model, or takes a segmentation that is already there, and checks it against an anatomical ontology before anything is shown. What is implausible stays hidden or marked until somebody has decided. Research software, not a medical device.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Anatomy: UBERON (CC BY 3.0). Each model's licence is shown beside it in the panel.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Scan, model and context</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>What a run starts from; folds away when there is a result</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Segment a scan with a model, or check a segmentation that you already have.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>&amp;Task:</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The CT or MR scan.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>S&amp;can:</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Select…</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The segmentation to check, made with whatever tool. It stays as it is; a copy is reviewed.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Segmentat&amp;ion:</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The model that segments the scan.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>&amp;Model:</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>What the model segments, what it needs, whether it is installed, and its licence.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Take the model from a file…</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Choose the file that you got from the model's authors. Its licence is shown first, and the file is checked.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>This model wants a box around each structure. The program finds boxes in a CT of the trunk; or draw your own.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Boxes:</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>ROI boxes of the scene. Name each with Slicer's terminology selector (right-click the box in a view, Edit ROI terminology), or choose the structure in the second column.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Boxes (one structure each):</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Add &amp;box</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Add a box in the middle of the scan; drag its handles around one structure.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Remove box</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Remove the selected box from the scene.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>What each segment is taken to be, and from where. Set the structure by hand where it is wrong; leave it empty to skip a segment.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>What the segments are:</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Where segments have numbers for names: whose numbers they are.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The numbers are of:</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Where segments have numbers for names: whose numbers they are. What it says is proposed, and holds once you confirm it.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>These &amp;names are right</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>A name alone may mislead. Tick this after reading the table; coded meanings need no confirmation.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Meant to be complete: tell what is missing</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Tick this for a whole-body segmentation such as TotalSegmentator's. Otherwise only what is there is judged.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>How structures with an undecided, implausible finding are shown in this scene. New scenes start with what was chosen last, except that showing everything is never taken over.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>&amp;Until decided:</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Make a synthetic torso</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>No scan at hand? Computes an artificial CT of a torso to try everything on. No patient's data, nothing is downloaded.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Clinical context</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Modality, age, sex, body part, side examined and history of the patient</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Whatever is known helps the check; whatever is not known is never counted as evidence.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>What made the scan, as the examination is on record. Grey values are only judged where this is known; an image of another kind is told. Filled from DICOM where the scan has it.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Moda&amp;lity:</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Age at the examination in years. Filled from DICOM where the scan has it.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>A&amp;ge:</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>not known</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source> years</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Sex as far as anatomy depends on it. Filled from DICOM where the scan has it.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Se&amp;x:</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>What was examined. Filled from DICOM where the scan has it.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Body part:</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The side that was examined, where it was one alone: a structure of the other side is then asked about. Filled from DICOM where the scan has it.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Side examined:</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>What is known of this patient: organs removed, variants, implants. Each entry excuses the findings that it explains.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Histor&amp;y:</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>What you should know before you press Apply</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Apply</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Choose a scan first.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>How far the calculation is.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>What is going on, or what is missing before Apply can be pressed.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The scene holds several reviewed results: the one shown below.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Shows this result and the one before it in two views side by side, moved together, with what differs outlined.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Side by side</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>No result yet.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The verdict on the whole segmentation.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The finding before (Alt+Up)</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>◀</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Which finding is shown, and how many are left to decide</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The next finding (Alt+Down)</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>▶</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Und&amp;o</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Take back the last decision, a repair included.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>What was found; why it matters stands under Why</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Accept &amp;repair</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Carry out the proposed repair. It can be undone.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Re&amp;ject segment</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Take the structures of this finding out of sight. It can be undone.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>E&amp;dit…</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Open the Segment Editor on this structure; then come back and check again.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Has the model outline this structure anew, from a box and points that the check proposes; the old and the new outline are shown, and you decide.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Segment anew…</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Why it is kept: choose a reason or write your own.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>&amp;Keep as it is</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Leave the structures as they are, for the reason at the left.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Stands beside every decision and in the signature.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Your name:</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>&amp;Sign</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Lock the result under your name. Any later change of the segmentation voids the signature visibly.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Who signed this result, and whether the signature still holds.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The findings, why, the structures, and the curators' part</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Findings, worst first. Select one to go to its place and read why.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>After a decision, the next finding that is not decided is shown.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Go on to the next after a decision</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Findings</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>All findings, by cause; what follows from another stands folded under it</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The most likely reason for the findings, with its probability.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Measured and expected, rule, sources, causes and repair of the selected finding.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>&amp;Preview repair (dashed)</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Draw what the repair would make of the structures as a second, dashed contour: white is what would be, red what would be removed. Nothing is changed by looking.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Why</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>What was measured and expected, why it matters, causes, repair and rule of the finding shown</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Every structure with its score, worst first; a click goes there.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Show in &amp;3D</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Fill the 3D view, structure by structure; the selected finding's structures stand out, the others are faint.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Check &amp;again</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Check the segmentation as it is now.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>What changed between the last two checks.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Structures</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Every structure with its state and score, worst first</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>For those who keep the knowledge</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Versions of the knowledge in use and behind the result shown.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Knowledge:</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Versions of program, knowledge and model behind the result shown.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The rule behind the selected finding: file and line.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Rule:</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Folder with your own edition of the knowledge; empty for the one that came with FMAssist.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>O&amp;wn folder:</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>as shipped</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>…</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Choose the folder.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Reload knowledge</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Read the knowledge again from its files.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Re-check and show the change</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Check the open study with the knowledge as it is now, and list what changed.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>What changed between the last two checks of this study.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Curators</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>For those who keep the knowledge: versions, the rule behind the finding, rules of your own</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>FMAssistLib.FMAssistSubjectHierarchyPlugin</name>
  <message>
   <source>Check anatomy</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Open this segmentation in FMAssist, ready to be checked.</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>FMAssistLib.boxes_panel</name>
  <message>
   <source>Box</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Structure</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>FMAssistLib.catalogue</name>
  <message>
   <source> and </source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{model} was made for {made_for}, and this scan is {modality}: choose another model.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>, then take it from the file</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{model} is not here. {how}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>LiteMedSAM: whatever you box</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>any structure that you mark with a box, in CT and MR</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>2 GB of memory, no graphics card; minutes for some 25 boxes</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Apache-2.0</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>installed</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>not installed yet; you are asked before anything is downloaded</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>not here</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Segments {segments}.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Needs {needs}; {here}.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Licence: {licence}.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>see its documentation</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>nobody has said; ask its authors</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>a graphics card with {n} GB</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{n} GB on a graphics card if there is one</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{n} GB of memory</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>no graphics card needed</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>FMAssistLib.comparison</name>
  <message>
   <source>Changed</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Gone</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>New</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Nothing changed.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Verdict: {before}, now {after}</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>FMAssistLib.curators</name>
  <message>
   <source>{file}, line {line}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{version}; your own folder is not there</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source> (own)</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{version}, with {count} of your own files on top</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>FMAssistLib.curators_panel</name>
  <message>
   <source>What changed shows here after a re-check.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Knowledge read again: {version}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Folder of knowledge</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>in use: {version}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>this result: {versions}</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>FMAssistLib.decisions</name>
  <message>
   <source>The repair could not be carried out.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The decision could not be recorded.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The decision could not be taken back.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The Segment Editor could not be opened.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Reason for keeping it</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Select a finding that is not decided yet.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>One moment: what was decided last is being carried out.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The result is signed; withdraw the signature to change a decision.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>This finding has no proposed repair.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Write a reason.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>There is no result yet.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Nothing was decided yet.</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>FMAssistLib.dependencies</name>
  <message>
   <source>FMAssist is not installed completely. Install the extension again.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>FMAssist needs {needed}, and {here} is installed here. It is not replaced, since Slicer or another module may rely on it. Take a newer Slicer, or bring the package up to date yourself.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>FMAssist needs some free software that does not come with Slicer. It is downloaded from the Python package index and installed into Slicer only; no data of yours leaves this computer. This takes a few minutes, once.

{packages}

Install it now?</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>FMAssist</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>It could not be installed. Is this computer connected to the internet, and may it reach pypi.org?</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Models need PyTorch. Install the extension called PyTorch in Slicer's Extensions Manager, restart Slicer, and press Apply again. Checking a segmentation works without it.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The PyTorch that is here is too old to open model files safely; 2.10 or later is needed. Uninstall it with the module PyTorch Utils, restart Slicer, and press Apply again.</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>FMAssistLib.enabling</name>
  <message>
   <source>{tip} (Alt+{key})</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>FMAssistLib.findings_tree</name>
  <message>
   <source>Decision</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Finding</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>for information</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>implausible</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>needs review</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>For information: {findings}</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>FMAssistLib.installing</name>
  <message>
   <source>Cancel</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Installing free software for FMAssist…</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>FMAssist</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>FMAssistLib.logic</name>
  <message>
   <source>Cancelled. Nothing was changed.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Cancelled, because the scene was closed.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Cancelled, because its scan or segmentation was deleted.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Preparing the scan</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The scan could not be handed over: {reason}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Loading the result</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The result could not be taken over: {reason}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>the segmentation was changed while it was checked; check again</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Segmentation</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{name} FMAssist</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>FMAssistLib.looking</name>
  <message>
   <source>The finding cannot be shown.</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>FMAssistLib.meanings_table</name>
  <message>
   <source>From</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Segment</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Structure</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>choose…</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>code</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>name</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>number</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>you</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>FMAssistLib.model_file</name>
  <message>
   <source>The file that you got</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Models (*.zip *.tar *.gz *.pt *.pth *.safetensors)</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{model} comes under this licence: {licence}. {note}

Do you agree to it?</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>FMAssist</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>FMAssistLib.models_panel</name>
  <message>
   <source>The model could not be taken from the file.</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>FMAssistLib.panel</name>
  <message>
   <source>The run could not be started.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The check could not be started.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The synthetic torso could not be made.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Making a synthetic torso…</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Make a synthetic torso</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>FMAssistLib.parameters</name>
  <message>
   <source>Segment the scan, then check</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Check a segmentation</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Hide what is implausible</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Show it as outlines only</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Show everything</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Found by the program (CT)</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Drawn by me (ROIs)</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>female</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>male</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>not known</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>head</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>neck</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>chest</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>abdomen</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>pelvis</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>CT</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>MR</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>as the scan says</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>left only</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>right only</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>both</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>FMAssistLib.present</name>
  <message>
   <source>Plausible: nothing speaks against the {total} structures</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Implausible</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Needs review</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{head}: {concerned} of {total} structures, {findings}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{text}, all decided</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>1 finding</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{number} findings</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Likely cause: {cause}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{label} (over 99 %)</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{label} ({percent} %)</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{names} and {more} more</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>repair accepted</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>kept</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>rejected</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>edited by hand</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source> by {name}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Decided: {decision}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>about {seconds} s left</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>about {minutes} min left</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Decided</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Measured and expected</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Why</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Likely causes</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>It would be normal with</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>settles {resolved}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>, but raises {new} more</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Proposed repair</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Sources</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{rule}, knowledge {version}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Rule</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>the largest piece of {name}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>piece {number} of {name}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>exchange {part} and {target}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>rename {part} to {target}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>remove {part}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>give {part} to {target}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>close gaps in {part}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>leave {part} as it is</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source> (expected {expected})</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>FMAssistLib.process</name>
  <message>
   <source>Cancelled. Nothing was changed.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The calculation stopped unexpectedly, perhaps because memory ran out. Slicer and your data are unharmed. Close other programs or choose a smaller model, and try again.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The input could not be used.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>A part that FMAssist needs is not installed yet. Press Apply again to install it.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The check could not be completed: {reason}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>no reason was given</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>FMAssistLib.sample_data</name>
  <message>
   <source>Synthetic torso</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Synthetic torso, two mistakes in it</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The synthetic torso could not be made.</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>FMAssistLib.scripting</name>
  <message>
   <source>None of the segments has a known meaning: give names={segment id: structure}.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Another run is under way.</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>FMAssistLib.session</name>
  <message>
   <source>A segment that the repair needs is no longer there. Check again.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>edited in the Segment Editor</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>FMAssistLib.signing</name>
  <message>
   <source>The signature could not be withdrawn.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>&amp;Sign</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Withdraw &amp;signature</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Lock the result under your name; any later change voids it visibly.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>One moment.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Open the result again; the log keeps that it was signed.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>There is no result to sign.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Decide first: {findings} left.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Write your name first.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Not signed.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{name}, {time} UTC</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Signed by {who}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Signature void (was {who}): {reasons}</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>FMAssistLib.states</name>
  <message>
   <source>The scene is closing.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Choose the segmentation to check.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The chosen segmentation has no segments.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Confirm that the structure names are right, or set them in the table.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The segments have numbers for names: choose whose numbers they are, and confirm.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>None of the segments has a known name: set at least one structure in the table.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Choose a scan. Load one with File, Add data, or with the DICOM module.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Choose a model.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Boxes can be found in a CT only: choose to draw them yourself.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Name the structure in every box.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>This model needs a box around each structure: press Add box.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>No scan is chosen: places and sizes are checked, but nothing that only the image shows. If there is a scan, choose it.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Scan and segmentation belong to different studies: make sure that they are of the same examination.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The chosen scan has no voxels.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The chosen scan is a single slice; a 3D scan is needed.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The chosen scan is in colour; a grey-scale scan is needed.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The scan is under a warping transform: harden it first.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Cancel</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Stop; nothing is changed.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Cancelling…</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Waiting for the calculation to end.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Apply</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Segment the scan and check the result. You can go on working meanwhile.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Check the segmentation. A copy is made; the original stays as it is.</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>FMAssistLib.storage</name>
  <message>
   <source>review</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>evidence</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The review stored with {name} cannot be read; check it again.</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>FMAssistLib.structure_lists</name>
  <message>
   <source>The structure that this is; type to search.</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>FMAssistLib.structures_table</name>
  <message>
   <source>Findings</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Score</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Structure</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>implausible, not decided</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>needs review</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>decided</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>plausible</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>not judged</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>FMAssistLib.surfaces</name>
  <message>
   <source>a surface is cut off</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>FMAssistLib.verdict_panel</name>
  <message>
   <source>No result yet.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>There is no other finding.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The 3D view is being filled.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Select a finding to read why.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Press ▶ to look at the first finding.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Nothing to decide.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>all decided</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{left} left to decide</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Finding {number} of {total}, {remaining}</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>{findings}, {remaining}</source>
   <translation type="unfinished" />
  </message>
 </context>
 <context>
  <name>FMAssistLib.view_3d</name>
  <message>
   <source>Hide in &amp;3D</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>Show in &amp;3D</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>The 3D view could not be filled.</source>
   <translation type="unfinished" />
  </message>
  <message>
   <source>3D: {percent} %</source>
   <translation type="unfinished" />
  </message>
 </context>
</TS>
