<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en_US">
 <context>
  <name>FMAssist</name>
  <message>
   <source>FMAssist</source>
   <translation>FMAssist</translation>
  </message>
  <message>
   <source>Segments a scan with a foundation model, or takes a segmentation that is already there, and checks it against an anatomical ontology before anything is shown. What is implausible stays hidden or marked until somebody has decided. Research software, not a medical device.</source>
   <translation>Segmentiert eine Aufnahme mit einem Grundmodell oder nimmt eine vorhandene Segmentierung und prüft sie gegen eine anatomische Ontologie, bevor etwas gezeigt wird. Was unplausibel ist, bleibt verborgen oder markiert, bis jemand entschieden hat. Forschungssoftware, kein Medizinprodukt.</translation>
  </message>
  <message>
   <source>Anatomy: UBERON (CC BY 3.0). Each model's licence is shown beside it in the panel.</source>
   <translation>Anatomie: UBERON (CC BY 3.0). Die Lizenz jedes Modells steht in der Oberfläche neben ihm.</translation>
  </message>
  <message>
   <source>The batch could not be opened.</source>
   <translation>Der Stapel konnte nicht geöffnet werden.</translation>
  </message>
  <message>
   <source>Scan, model and context</source>
   <translation>Aufnahme, Modell und Angaben</translation>
  </message>
  <message>
   <source>What a run starts from; folds away when there is a result</source>
   <translation>Wovon ein Lauf ausgeht; klappt ein, sobald ein Ergebnis da ist</translation>
  </message>
  <message>
   <source>Segment a scan with a model, or check a segmentation that you already have.</source>
   <translation>Eine Aufnahme mit einem Modell segmentieren oder eine vorhandene Segmentierung prüfen.</translation>
  </message>
  <message>
   <source>&amp;Task:</source>
   <translation>&amp;Aufgabe:</translation>
  </message>
  <message>
   <source>The CT or MR scan.</source>
   <translation>Die CT- oder MR-Aufnahme.</translation>
  </message>
  <message>
   <source>S&amp;can:</source>
   <translation>Auf&amp;nahme:</translation>
  </message>
  <message>
   <source>Select…</source>
   <translation>Auswählen…</translation>
  </message>
  <message>
   <source>The segmentation to check, made with whatever tool. It stays as it is; a copy is reviewed.</source>
   <translation>Die zu prüfende Segmentierung, gleich womit sie gemacht wurde. Sie bleibt, wie sie ist; begutachtet wird eine Kopie.</translation>
  </message>
  <message>
   <source>Segmentat&amp;ion:</source>
   <translation>Segmentieru&amp;ng:</translation>
  </message>
  <message>
   <source>The model that segments the scan.</source>
   <translation>Das Modell, das die Aufnahme segmentiert.</translation>
  </message>
  <message>
   <source>&amp;Model:</source>
   <translation>&amp;Modell:</translation>
  </message>
  <message>
   <source>What the model segments, what it needs, whether it is installed, and its licence.</source>
   <translation>Was das Modell segmentiert, was es braucht, ob es installiert ist, und seine Lizenz.</translation>
  </message>
  <message>
   <source>Take the model from a file…</source>
   <translation>Modell aus einer Datei nehmen…</translation>
  </message>
  <message>
   <source>Choose the file that you got from the model's authors. Its licence is shown first, and the file is checked.</source>
   <translation>Wählen Sie die Datei, die Sie von den Autoren des Modells haben. Zuerst wird seine Lizenz gezeigt, und die Datei wird geprüft.</translation>
  </message>
  <message>
   <source>This model wants a box around each structure. The program finds boxes in a CT of the trunk; or draw your own.</source>
   <translation>Dieses Modell will einen Kasten um jede Struktur. In einem CT des Rumpfes findet das Programm die Kästen; oder zeichnen Sie eigene.</translation>
  </message>
  <message>
   <source>Boxes:</source>
   <translation>Kästen:</translation>
  </message>
  <message>
   <source>ROI boxes of the scene. Name each with Slicer's terminology selector (right-click the box in a view, Edit ROI terminology), or choose the structure in the second column.</source>
   <translation>ROI-Kästen der Szene. Benennen Sie jeden mit Slicers Terminologieauswahl (Rechtsklick auf den Kasten in einer Ansicht, Edit ROI terminology) oder wählen Sie die Struktur in der zweiten Spalte.</translation>
  </message>
  <message>
   <source>Boxes (one structure each):</source>
   <translation>Kästen (je Struktur einer):</translation>
  </message>
  <message>
   <source>Add &amp;box</source>
   <translation>&amp;Kasten hinzufügen</translation>
  </message>
  <message>
   <source>Add a box in the middle of the scan; drag its handles around one structure.</source>
   <translation>Fügt in der Mitte der Aufnahme einen Kasten hinzu; ziehen Sie seine Griffe um eine Struktur.</translation>
  </message>
  <message>
   <source>Remove box</source>
   <translation>Kasten entfernen</translation>
  </message>
  <message>
   <source>Remove the selected box from the scene.</source>
   <translation>Entfernt den gewählten Kasten aus der Szene.</translation>
  </message>
  <message>
   <source>What each segment is taken to be, and from where. Set the structure by hand where it is wrong; leave it empty to skip a segment.</source>
   <translation>Wofür jedes Segment gehalten wird und woher das kommt. Setzen Sie die Struktur von Hand, wo sie falsch ist; leer gelassen wird das Segment übergangen.</translation>
  </message>
  <message>
   <source>What the segments are:</source>
   <translation>Was die Segmente sind:</translation>
  </message>
  <message>
   <source>Where segments have numbers for names: whose numbers they are.</source>
   <translation>Wo Segmente Nummern statt Namen haben: wessen Nummern es sind.</translation>
  </message>
  <message>
   <source>The numbers are of:</source>
   <translation>Die Nummern sind von:</translation>
  </message>
  <message>
   <source>Where segments have numbers for names: whose numbers they are. What it says is proposed, and holds once you confirm it.</source>
   <translation>Wo Segmente Nummern statt Namen haben: wessen Nummern es sind. Was daraus folgt, ist ein Vorschlag und gilt, sobald Sie ihn bestätigen.</translation>
  </message>
  <message>
   <source>Why the numbers are read in this way. Another list can be chosen above.</source>
   <translation>Warum die Nummern so gelesen werden. Oben lässt sich eine andere Liste wählen.</translation>
  </message>
  <message>
   <source>These &amp;names are right</source>
   <translation>&amp;Diese Namen stimmen</translation>
  </message>
  <message>
   <source>A name alone may mislead. Tick this after reading the table; coded meanings need no confirmation.</source>
   <translation>Ein Name allein kann täuschen. Haken Sie dies an, wenn Sie die Tabelle gelesen haben; codierte Bedeutungen brauchen keine Bestätigung.</translation>
  </message>
  <message>
   <source>Meant to be complete: tell what is missing</source>
   <translation>Vollständig gemeint: auch Fehlendes melden</translation>
  </message>
  <message>
   <source>Tick this for a whole-body segmentation such as TotalSegmentator's. Otherwise only what is there is judged.</source>
   <translation>Für eine Ganzkörper-Segmentierung wie die von TotalSegmentator. Sonst wird nur beurteilt, was da ist.</translation>
  </message>
  <message>
   <source>How structures with an undecided, implausible finding are shown in this scene. New scenes start with what was chosen last, except that showing everything is never taken over.</source>
   <translation>Wie Strukturen mit einem unplausiblen, noch nicht entschiedenen Befund in dieser Szene gezeigt werden. Neue Szenen beginnen mit der letzten Wahl; nur dass alles gezeigt wird, wird nie übernommen.</translation>
  </message>
  <message>
   <source>&amp;Until decided:</source>
   <translation>&amp;Bis entschieden:</translation>
  </message>
  <message>
   <source>Make a synthetic torso</source>
   <translation>Künstlichen Rumpf erzeugen</translation>
  </message>
  <message>
   <source>No scan at hand? Computes an artificial CT of a torso to try everything on. No patient's data, nothing is downloaded.</source>
   <translation>Keine Aufnahme zur Hand? Berechnet ein künstliches CT eines Rumpfes zum Ausprobieren. Keine Patientendaten, nichts wird heruntergeladen.</translation>
  </message>
  <message>
   <source>Open a batch…</source>
   <translation>Stapel öffnen …</translation>
  </message>
  <message>
   <source>Goes through the results of fmassist batch, the worst study first.</source>
   <translation>Geht die Ergebnisse von fmassist batch durch, die schlechteste Studie zuerst.</translation>
  </message>
  <message>
   <source>Clinical context</source>
   <translation>Klinische Angaben</translation>
  </message>
  <message>
   <source>Modality, age, sex, body part, side examined and history of the patient</source>
   <translation>Modalität, Alter, Geschlecht, Körperteil, untersuchte Seite und Vorgeschichte</translation>
  </message>
  <message>
   <source>Whatever is known helps the check; whatever is not known is never counted as evidence.</source>
   <translation>Was bekannt ist, hilft der Prüfung; was nicht bekannt ist, zählt nie als Beleg.</translation>
  </message>
  <message>
   <source>What made the scan, as the examination is on record. Grey values are only judged where this is known; an image of another kind is told. Filled from DICOM where the scan has it.</source>
   <translation>Womit die Aufnahme gemacht wurde, wie es in den Unterlagen steht. Grauwerte werden nur beurteilt, wo das bekannt ist; ein Bild anderer Art wird gemeldet. Aus DICOM ausgefüllt, wo die Aufnahme es enthält.</translation>
  </message>
  <message>
   <source>Moda&amp;lity:</source>
   <translation>Moda&amp;lität:</translation>
  </message>
  <message>
   <source>Age at the examination in years. Filled from DICOM where the scan has it.</source>
   <translation>Alter bei der Untersuchung in Jahren. Aus DICOM ausgefüllt, wo die Aufnahme es enthält.</translation>
  </message>
  <message>
   <source>A&amp;ge:</source>
   <translation>Al&amp;ter:</translation>
  </message>
  <message>
   <source>not known</source>
   <translation>nicht bekannt</translation>
  </message>
  <message>
   <source> years</source>
   <translation> Jahre</translation>
  </message>
  <message>
   <source>Sex as far as anatomy depends on it. Filled from DICOM where the scan has it.</source>
   <translation>Geschlecht, soweit die Anatomie davon abhängt. Aus DICOM ausgefüllt, wo die Aufnahme es enthält.</translation>
  </message>
  <message>
   <source>Se&amp;x:</source>
   <translation>&amp;Geschlecht:</translation>
  </message>
  <message>
   <source>What was examined. Filled from DICOM where the scan has it.</source>
   <translation>Was untersucht wurde. Aus DICOM ausgefüllt, wo die Aufnahme es enthält.</translation>
  </message>
  <message>
   <source>Body part:</source>
   <translation>Körperteil:</translation>
  </message>
  <message>
   <source>The side that was examined, where it was one alone: a structure of the other side is then asked about. Filled from DICOM where the scan has it.</source>
   <translation>Die untersuchte Seite, wo es nur eine war: nach einer Struktur der anderen Seite wird dann gefragt. Aus DICOM ausgefüllt, wo die Aufnahme es enthält.</translation>
  </message>
  <message>
   <source>Side examined:</source>
   <translation>Untersuchte Seite:</translation>
  </message>
  <message>
   <source>What is known of this patient: organs removed, variants, implants. Each entry excuses the findings that it explains.</source>
   <translation>Was von diesem Menschen bekannt ist: entfernte Organe, Varianten, Implantate. Jeder Eintrag entschuldigt die Befunde, die er erklärt.</translation>
  </message>
  <message>
   <source>Histor&amp;y:</source>
   <translation>&amp;Vorgeschichte:</translation>
  </message>
  <message>
   <source>What you should know before you press Apply</source>
   <translation>Was Sie wissen sollten, bevor Sie Anwenden drücken</translation>
  </message>
  <message>
   <source>Apply</source>
   <translation>Anwenden</translation>
  </message>
  <message>
   <source>Choose a scan first.</source>
   <translation>Wählen Sie zuerst eine Aufnahme.</translation>
  </message>
  <message>
   <source>How far the calculation is.</source>
   <translation>Wie weit die Berechnung ist.</translation>
  </message>
  <message>
   <source>What is going on, or what is missing before Apply can be pressed.</source>
   <translation>Was gerade geschieht, oder was noch fehlt, bevor Anwenden gedrückt werden kann.</translation>
  </message>
  <message>
   <source>The study of the batch that is shown, and what reviewers said of it.</source>
   <translation>Die gezeigte Studie des Stapels und was Prüfende über sie gesagt haben.</translation>
  </message>
  <message>
   <source>Keeps what was done and shows the study before this one (Alt+Page Up).</source>
   <translation>Behält, was getan wurde, und zeigt die Studie davor (Alt+Bild auf).</translation>
  </message>
  <message>
   <source>Keeps what was done and shows the next study, a better one (Alt+Page Down).</source>
   <translation>Behält, was getan wurde, und zeigt die nächste, bessere Studie (Alt+Bild ab).</translation>
  </message>
  <message>
   <source>Says of the whole study that it can be used, and goes to the next one.</source>
   <translation>Sagt von der ganzen Studie, dass sie brauchbar ist, und geht zur nächsten.</translation>
  </message>
  <message>
   <source>Usable</source>
   <translation>Brauchbar</translation>
  </message>
  <message>
   <source>Says of the whole study that somebody else should look, and goes to the next one.</source>
   <translation>Sagt von der ganzen Studie, dass jemand anderes hinsehen soll, und geht zur nächsten.</translation>
  </message>
  <message>
   <source>Unsure</source>
   <translation>Unsicher</translation>
  </message>
  <message>
   <source>Says of the whole study that it cannot be used, and goes to the next one.</source>
   <translation>Sagt von der ganzen Studie, dass sie nicht brauchbar ist, und geht zur nächsten.</translation>
  </message>
  <message>
   <source>Not usable</source>
   <translation>Unbrauchbar</translation>
  </message>
  <message>
   <source>Shows where the scans of this batch are: the folder that the batch was started with. Without them, the segmentations are shown alone.</source>
   <translation>Zeigt, wo die Aufnahmen dieses Stapels liegen: der Ordner, mit dem der Stapel gestartet wurde. Ohne sie werden nur die Segmentierungen gezeigt.</translation>
  </message>
  <message>
   <source>Scans…</source>
   <translation>Bilder …</translation>
  </message>
  <message>
   <source>The scene holds several reviewed results: the one shown below.</source>
   <translation>Die Szene enthält mehrere begutachtete Ergebnisse: das unten gezeigte.</translation>
  </message>
  <message>
   <source>Shows this result and the one before it in two views side by side, moved together, with what differs outlined.</source>
   <translation>Zeigt dieses Ergebnis und das vorige in zwei Ansichten nebeneinander, gemeinsam bewegt, mit Umrissen um das, was sich unterscheidet.</translation>
  </message>
  <message>
   <source>Side by side</source>
   <translation>Nebeneinander</translation>
  </message>
  <message>
   <source>No result yet.</source>
   <translation>Noch kein Ergebnis.</translation>
  </message>
  <message>
   <source>The verdict on the whole segmentation.</source>
   <translation>Das Urteil über die ganze Segmentierung.</translation>
  </message>
  <message>
   <source>The finding before (Alt+Up)</source>
   <translation>Der vorige Befund (Alt+Auf)</translation>
  </message>
  <message>
   <source>◀</source>
   <translation>◀</translation>
  </message>
  <message>
   <source>Which finding is shown, and how many are left to decide</source>
   <translation>Welcher Befund gezeigt wird und wie viele noch zu entscheiden sind</translation>
  </message>
  <message>
   <source>The next finding (Alt+Down)</source>
   <translation>Der nächste Befund (Alt+Ab)</translation>
  </message>
  <message>
   <source>▶</source>
   <translation>▶</translation>
  </message>
  <message>
   <source>Und&amp;o</source>
   <translation>&amp;Rückgängig</translation>
  </message>
  <message>
   <source>Take back the last decision, a repair included.</source>
   <translation>Nimmt die letzte Entscheidung zurück, auch eine Reparatur.</translation>
  </message>
  <message>
   <source>What was found; why it matters stands under Why</source>
   <translation>Was gefunden wurde; warum es wichtig ist, steht unter Warum</translation>
  </message>
  <message>
   <source>Accept &amp;repair</source>
   <translation>Reparatur annehm&amp;en</translation>
  </message>
  <message>
   <source>Carry out the proposed repair. It can be undone.</source>
   <translation>Führt die vorgeschlagene Reparatur aus. Sie lässt sich rückgängig machen.</translation>
  </message>
  <message>
   <source>Re&amp;ject segment</source>
   <translation>Segment &amp;verwerfen</translation>
  </message>
  <message>
   <source>Take the structures of this finding out of sight. It can be undone.</source>
   <translation>Nimmt die Strukturen dieses Befundes aus der Sicht. Es lässt sich rückgängig machen.</translation>
  </message>
  <message>
   <source>E&amp;dit…</source>
   <translation>Bearbe&amp;iten…</translation>
  </message>
  <message>
   <source>Open the Segment Editor on this structure; then come back and check again.</source>
   <translation>Öffnet den Segment Editor für diese Struktur; kommen Sie dann zurück und prüfen Sie erneut.</translation>
  </message>
  <message>
   <source>Has the model outline this structure anew, from a box and points that the check proposes; the old and the new outline are shown, and you decide.</source>
   <translation>Lässt das Modell diese Struktur neu umreißen, mit Kasten und Punkten, die die Prüfung vorschlägt; der alte und der neue Umriss werden gezeigt, und Sie entscheiden.</translation>
  </message>
  <message>
   <source>Segment anew…</source>
   <translation>Neu segmentieren…</translation>
  </message>
  <message>
   <source>Why it is kept: choose a reason or write your own.</source>
   <translation>Warum es bleibt: wählen Sie einen Grund oder schreiben Sie einen eigenen.</translation>
  </message>
  <message>
   <source>&amp;Keep as it is</source>
   <translation>So &amp;behalten</translation>
  </message>
  <message>
   <source>Leave the structures as they are, for the reason at the left.</source>
   <translation>Lässt die Strukturen, wie sie sind, aus dem links genannten Grund.</translation>
  </message>
  <message>
   <source>What a check says of the new outline</source>
   <translation>Was eine Prüfung zum neuen Umriss sagt</translation>
  </message>
  <message>
   <source>The new outline (dashed) takes the place of the old one; it can be undone.</source>
   <translation>Der neue Umriss (gestrichelt) tritt an die Stelle des alten; es lässt sich rückgängig machen.</translation>
  </message>
  <message>
   <source>Take the new one</source>
   <translation>Neuen nehmen</translation>
  </message>
  <message>
   <source>The new outline is dropped; nothing is changed.</source>
   <translation>Der neue Umriss wird verworfen; nichts ändert sich.</translation>
  </message>
  <message>
   <source>Keep the old one</source>
   <translation>Alten behalten</translation>
  </message>
  <message>
   <source>Stands beside every decision and in the signature.</source>
   <translation>Steht bei jeder Entscheidung und in der Unterschrift.</translation>
  </message>
  <message>
   <source>Your name:</source>
   <translation>Ihr Name:</translation>
  </message>
  <message>
   <source>&amp;Sign</source>
   <translation>&amp;Unterschreiben</translation>
  </message>
  <message>
   <source>Lock the result under your name. Any later change of the segmentation voids the signature visibly.</source>
   <translation>Sperrt das Ergebnis unter Ihrem Namen. Jede spätere Änderung macht die Unterschrift sichtbar ungültig.</translation>
  </message>
  <message>
   <source>Who signed this result, and whether the signature still holds.</source>
   <translation>Wer dieses Ergebnis unterschrieben hat und ob die Unterschrift noch gilt.</translation>
  </message>
  <message>
   <source>The findings, why, the structures, and the curators' part</source>
   <translation>Die Befunde, das Warum, die Strukturen und der Teil für Kuratoren</translation>
  </message>
  <message>
   <source>Findings, worst first. Select one to go to its place and read why.</source>
   <translation>Befunde, die schlimmsten zuerst. Wählen Sie einen, um an seinen Ort zu gehen und zu lesen, warum.</translation>
  </message>
  <message>
   <source>After a decision, the next finding that is not decided is shown.</source>
   <translation>Nach einer Entscheidung wird der nächste Befund gezeigt, der nicht entschieden ist.</translation>
  </message>
  <message>
   <source>Go on to the next after a decision</source>
   <translation>Nach einer Entscheidung weitergehen</translation>
  </message>
  <message>
   <source>Findings</source>
   <translation>Befunde</translation>
  </message>
  <message>
   <source>All findings, by cause; what follows from another stands folded under it</source>
   <translation>Alle Befunde nach Ursache; was aus einem anderen folgt, steht eingeklappt darunter</translation>
  </message>
  <message>
   <source>The most likely reason for the findings, with its probability.</source>
   <translation>Der wahrscheinlichste Grund der Befunde, mit seiner Wahrscheinlichkeit.</translation>
  </message>
  <message>
   <source>Measured and expected, rule, sources, causes and repair of the selected finding.</source>
   <translation>Gemessenes und Erwartetes, Regel, Quellen, Ursachen und Reparatur des gewählten Befundes.</translation>
  </message>
  <message>
   <source>&amp;Preview repair (dashed)</source>
   <translation>&amp;Vorschau der Reparatur (gestrichelt)</translation>
  </message>
  <message>
   <source>Draw what the repair would make of the structures as a second, dashed contour: white is what would be, red what would be removed. Nothing is changed by looking.</source>
   <translation>Zeichnet, was die Reparatur aus den Strukturen machen würde, als zweiten, gestrichelten Umriss: weiß, was sein würde, rot, was wegfiele. Ansehen ändert nichts.</translation>
  </message>
  <message>
   <source>Why</source>
   <translation>Warum</translation>
  </message>
  <message>
   <source>What was measured and expected, why it matters, causes, repair and rule of the finding shown</source>
   <translation>Was gemessen und erwartet wurde, warum es wichtig ist, Ursachen, Reparatur und Regel des gezeigten Befundes</translation>
  </message>
  <message>
   <source>Every structure with the probability that its outline is wrong, worst first; a click goes there.</source>
   <translation>Jede Struktur mit der Wahrscheinlichkeit, dass ihr Umriss falsch ist, die schlechteste zuerst; ein Klick führt hin.</translation>
  </message>
  <message>
   <source>Show in &amp;3D</source>
   <translation>In &amp;3D zeigen</translation>
  </message>
  <message>
   <source>Fill the 3D view, structure by structure; the selected finding's structures stand out, the others are faint.</source>
   <translation>Füllt die 3D-Ansicht, Struktur für Struktur; die Strukturen des gewählten Befundes treten hervor, die übrigen sind blass.</translation>
  </message>
  <message>
   <source>Check &amp;again</source>
   <translation>Ern&amp;eut prüfen</translation>
  </message>
  <message>
   <source>Check the segmentation as it is now.</source>
   <translation>Prüft die Segmentierung, wie sie jetzt ist.</translation>
  </message>
  <message>
   <source>What changed between the last two checks.</source>
   <translation>Was sich zwischen den letzten beiden Prüfungen geändert hat.</translation>
  </message>
  <message>
   <source>Structures</source>
   <translation>Strukturen</translation>
  </message>
  <message>
   <source>Every structure with its state and the probability that its outline is wrong, worst first</source>
   <translation>Jede Struktur mit Stand und der Wahrscheinlichkeit, dass ihr Umriss falsch ist, die schlechteste zuerst</translation>
  </message>
  <message>
   <source>For those who keep the knowledge</source>
   <translation>Für alle, die das Wissen pflegen</translation>
  </message>
  <message>
   <source>Versions of the knowledge in use and behind the result shown.</source>
   <translation>Versionen des benutzten Wissens und des Wissens hinter dem gezeigten Ergebnis.</translation>
  </message>
  <message>
   <source>Knowledge:</source>
   <translation>Wissen:</translation>
  </message>
  <message>
   <source>Versions of program, knowledge and model behind the result shown.</source>
   <translation>Versionen von Programm, Wissen und Modell hinter dem gezeigten Ergebnis.</translation>
  </message>
  <message>
   <source>The rule behind the selected finding: file and line.</source>
   <translation>Die Regel hinter dem gewählten Befund: Datei und Zeile.</translation>
  </message>
  <message>
   <source>Rule:</source>
   <translation>Regel:</translation>
  </message>
  <message>
   <source>Folder with your own edition of the knowledge; empty for the one that came with FMAssist.</source>
   <translation>Ordner mit Ihrer eigenen Fassung des Wissens; leer für die mitgelieferte.</translation>
  </message>
  <message>
   <source>O&amp;wn folder:</source>
   <translation>&amp;Eigener Ordner:</translation>
  </message>
  <message>
   <source>as shipped</source>
   <translation>wie geliefert</translation>
  </message>
  <message>
   <source>…</source>
   <translation>…</translation>
  </message>
  <message>
   <source>Choose the folder.</source>
   <translation>Den Ordner wählen.</translation>
  </message>
  <message>
   <source>Reload knowledge</source>
   <translation>Wissen neu laden</translation>
  </message>
  <message>
   <source>Read the knowledge again from its files.</source>
   <translation>Liest das Wissen erneut aus seinen Dateien.</translation>
  </message>
  <message>
   <source>Re-check and show the change</source>
   <translation>Erneut prüfen und Änderung zeigen</translation>
  </message>
  <message>
   <source>Check the open study with the knowledge as it is now, and list what changed.</source>
   <translation>Prüft die offene Studie mit dem Wissen, wie es jetzt ist, und nennt, was sich geändert hat.</translation>
  </message>
  <message>
   <source>What changed between the last two checks of this study.</source>
   <translation>Was sich zwischen den letzten beiden Prüfungen dieser Studie geändert hat.</translation>
  </message>
  <message>
   <source>Curators</source>
   <translation>Kuratoren</translation>
  </message>
  <message>
   <source>For those who keep the knowledge: versions, the rule behind the finding, rules of your own</source>
   <translation>Für alle, die das Wissen pflegen: Versionen, die Regel hinter dem Befund, eigene Regeln</translation>
  </message>
 </context>
 <context>
  <name>FMAssistLib.FMAssistSubjectHierarchyPlugin</name>
  <message>
   <source>Check anatomy</source>
   <translation>Anatomie prüfen</translation>
  </message>
  <message>
   <source>Open this segmentation in FMAssist, ready to be checked.</source>
   <translation>Öffnet diese Segmentierung in FMAssist, bereit zur Prüfung.</translation>
  </message>
 </context>
 <context>
  <name>FMAssistLib.SegmentEditorFMAssistCheckEffect</name>
  <message>
   <source>FMAssist check</source>
   <translation>FMAssist-Prüfung</translation>
  </message>
  <message>
   <source>Checks the segmentation against anatomy after every edit. Switch it on, then go on with any other effect: the line at the bottom of the window says what is implausible about the segment edited last. It is a guide for the hand; the verdict to sign comes from the module FMAssist.</source>
   <translation>Prüft die Segmentierung nach jeder Bearbeitung gegen die Anatomie. Schalten Sie sie ein und arbeiten Sie mit jedem anderen Werkzeug weiter: Die Zeile unten im Fenster sagt, was am zuletzt bearbeiteten Segment unplausibel ist. Sie leitet die Hand; das Urteil zum Unterschreiben gibt das Modul FMAssist.</translation>
  </message>
 </context>
 <context>
  <name>FMAssistLib.anew</name>
  <message>
   <source>Segmenting {structure} anew…</source>
   <translation>{structure} wird neu segmentiert…</translation>
  </message>
  <message>
   <source>segmented anew with {model}</source>
   <translation>neu segmentiert mit {model}</translation>
  </message>
  <message>
   <source>Select a finding that is not decided yet.</source>
   <translation>Wählen Sie einen Befund, der noch nicht entschieden ist.</translation>
  </message>
  <message>
   <source>The result is signed; withdraw the signature to change a decision.</source>
   <translation>Das Ergebnis ist unterschrieben; ziehen Sie die Unterschrift zurück, um eine Entscheidung zu ändern.</translation>
  </message>
  <message>
   <source>There is no scan to segment anew in.</source>
   <translation>Es gibt keine Aufnahme, in der neu segmentiert werden könnte.</translation>
  </message>
  <message>
   <source>A segment that the repair needs is no longer there. Check again.</source>
   <translation>Ein Segment, das die Reparatur braucht, ist nicht mehr da. Prüfen Sie erneut.</translation>
  </message>
  <message>
   <source>This needs a model that takes boxes; LiteMedSAM is installed when it is first run.</source>
   <translation>Dies braucht ein Modell, das Kästen nimmt; LiteMedSAM wird installiert, wenn es zum ersten Mal läuft.</translation>
  </message>
  <message>
   <source>One moment: what was decided last is being carried out.</source>
   <translation>Einen Augenblick: die letzte Entscheidung wird gerade ausgeführt.</translation>
  </message>
  <message>
   <source>The model found nothing there.</source>
   <translation>Das Modell hat dort nichts gefunden.</translation>
  </message>
  <message>
   <source>New outline (dashed) of {structure}: {findings} about it afterwards.</source>
   <translation>Neuer Umriss (gestrichelt) von {structure}: danach {findings} dazu.</translation>
  </message>
  <message>
   <source>no finding</source>
   <translation>kein Befund</translation>
  </message>
  <message>
   <source>A check is content.</source>
   <translation>Eine Prüfung ist zufrieden.</translation>
  </message>
  <message>
   <source>The structure could not be segmented anew.</source>
   <translation>Die Struktur konnte nicht neu segmentiert werden.</translation>
  </message>
 </context>
 <context>
  <name>FMAssistLib.boxes_panel</name>
  <message>
   <source>Box</source>
   <translation>Kasten</translation>
  </message>
  <message>
   <source>Structure</source>
   <translation>Struktur</translation>
  </message>
 </context>
 <context>
  <name>FMAssistLib.catalogue</name>
  <message>
   <source> and </source>
   <translation> und </translation>
  </message>
  <message>
   <source>{model} was made for {made_for}, and this scan is {modality}: choose another model.</source>
   <translation>{model} wurde für {made_for} gemacht, und diese Aufnahme ist {modality}: wählen Sie ein anderes Modell.</translation>
  </message>
  <message>
   <source>, then take it from the file</source>
   <translation>, dann aus der Datei nehmen</translation>
  </message>
  <message>
   <source>{model} is not here. {how}</source>
   <translation>{model} ist nicht hier. {how}</translation>
  </message>
  <message>
   <source>LiteMedSAM: whatever you box</source>
   <translation>LiteMedSAM: was immer Sie einrahmen</translation>
  </message>
  <message>
   <source>any structure that you mark with a box, in CT and MR</source>
   <translation>jede Struktur, die Sie mit einem Kasten markieren, in CT und MR</translation>
  </message>
  <message>
   <source>2 GB of memory, no graphics card; minutes for some 25 boxes</source>
   <translation>2 GB Speicher, keine Grafikkarte; Minuten für rund 25 Kästen</translation>
  </message>
  <message>
   <source>Apache-2.0</source>
   <translation>Apache-2.0</translation>
  </message>
  <message>
   <source>installed</source>
   <translation>installiert</translation>
  </message>
  <message>
   <source>not installed yet; you are asked before anything is downloaded</source>
   <translation>noch nicht installiert; vor jedem Herunterladen werden Sie gefragt</translation>
  </message>
  <message>
   <source>not here</source>
   <translation>nicht hier</translation>
  </message>
  <message>
   <source>Segments {segments}.</source>
   <translation>Segmentiert {segments}.</translation>
  </message>
  <message>
   <source>Needs {needs}; {here}.</source>
   <translation>Braucht {needs}; {here}.</translation>
  </message>
  <message>
   <source>Licence: {licence}.</source>
   <translation>Lizenz: {licence}.</translation>
  </message>
  <message>
   <source>see its documentation</source>
   <translation>siehe seine Dokumentation</translation>
  </message>
  <message>
   <source>nobody has said; ask its authors</source>
   <translation>niemand hat es gesagt; fragen Sie die Autoren</translation>
  </message>
  <message>
   <source>a graphics card with {n} GB</source>
   <translation>eine Grafikkarte mit {n} GB</translation>
  </message>
  <message>
   <source>{n} GB on a graphics card if there is one</source>
   <translation>{n} GB auf einer Grafikkarte, wenn es eine gibt</translation>
  </message>
  <message>
   <source>{n} GB of memory</source>
   <translation>{n} GB Speicher</translation>
  </message>
  <message>
   <source>no graphics card needed</source>
   <translation>keine Grafikkarte nötig</translation>
  </message>
 </context>
 <context>
  <name>FMAssistLib.comparison</name>
  <message>
   <source>Changed</source>
   <translation>Geändert</translation>
  </message>
  <message>
   <source>Gone</source>
   <translation>Weg</translation>
  </message>
  <message>
   <source>New</source>
   <translation>Neu</translation>
  </message>
  <message>
   <source>Nothing changed.</source>
   <translation>Nichts hat sich geändert.</translation>
  </message>
  <message>
   <source>Verdict: {before}, now {after}</source>
   <translation>Urteil: {before}, jetzt {after}</translation>
  </message>
 </context>
 <context>
  <name>FMAssistLib.curators</name>
  <message>
   <source>{file}, line {line}</source>
   <translation>{file}, Zeile {line}</translation>
  </message>
  <message>
   <source>{version}; your own folder is not there</source>
   <translation>{version}; Ihr eigener Ordner ist nicht da</translation>
  </message>
  <message>
   <source> (own)</source>
   <translation> (eigen)</translation>
  </message>
  <message>
   <source>{version}, with {count} of your own files on top</source>
   <translation>{version}, mit {count} eigenen Dateien darüber</translation>
  </message>
 </context>
 <context>
  <name>FMAssistLib.curators_panel</name>
  <message>
   <source>What changed shows here after a re-check.</source>
   <translation>Was sich geändert hat, steht hier nach einer erneuten Prüfung.</translation>
  </message>
  <message>
   <source>Knowledge read again: {version}</source>
   <translation>Wissen neu gelesen: {version}</translation>
  </message>
  <message>
   <source>Folder of knowledge</source>
   <translation>Ordner mit Wissen</translation>
  </message>
  <message>
   <source>in use: {version}</source>
   <translation>benutzt: {version}</translation>
  </message>
  <message>
   <source>this result: {versions}</source>
   <translation>dieses Ergebnis: {versions}</translation>
  </message>
 </context>
 <context>
  <name>FMAssistLib.decisions</name>
  <message>
   <source>The repair could not be carried out.</source>
   <translation>Die Reparatur konnte nicht ausgeführt werden.</translation>
  </message>
  <message>
   <source>The decision could not be recorded.</source>
   <translation>Die Entscheidung konnte nicht festgehalten werden.</translation>
  </message>
  <message>
   <source>The decision could not be taken back.</source>
   <translation>Die Entscheidung konnte nicht zurückgenommen werden.</translation>
  </message>
  <message>
   <source>The Segment Editor could not be opened.</source>
   <translation>Der Segment Editor konnte nicht geöffnet werden.</translation>
  </message>
  <message>
   <source>Reason for keeping it</source>
   <translation>Grund, es zu behalten</translation>
  </message>
  <message>
   <source>Select a finding that is not decided yet.</source>
   <translation>Wählen Sie einen Befund, der noch nicht entschieden ist.</translation>
  </message>
  <message>
   <source>One moment: what was decided last is being carried out.</source>
   <translation>Einen Augenblick: die letzte Entscheidung wird gerade ausgeführt.</translation>
  </message>
  <message>
   <source>The result is signed; withdraw the signature to change a decision.</source>
   <translation>Das Ergebnis ist unterschrieben; ziehen Sie die Unterschrift zurück, um eine Entscheidung zu ändern.</translation>
  </message>
  <message>
   <source>This finding has no proposed repair.</source>
   <translation>Dieser Befund hat keinen Reparaturvorschlag.</translation>
  </message>
  <message>
   <source>There is no result yet.</source>
   <translation>Es gibt noch kein Ergebnis.</translation>
  </message>
  <message>
   <source>Nothing was decided yet.</source>
   <translation>Noch wurde nichts entschieden.</translation>
  </message>
 </context>
 <context>
  <name>FMAssistLib.dependencies</name>
  <message>
   <source>FMAssist is not installed completely. Install the extension again.</source>
   <translation>FMAssist ist nicht vollständig installiert. Installieren Sie die Erweiterung erneut.</translation>
  </message>
  <message>
   <source>FMAssist needs {needed}, and {here} is installed here. It is not replaced, since Slicer or another module may rely on it. Take a newer Slicer, or bring the package up to date yourself.</source>
   <translation>FMAssist braucht {needed}, und hier ist {here} installiert. Es wird nicht ersetzt, da Slicer oder ein anderes Modul darauf bauen kann. Nehmen Sie ein neueres Slicer, oder aktualisieren Sie das Paket selbst.</translation>
  </message>
  <message>
   <source>FMAssist needs some free software that does not come with Slicer. It is downloaded from the Python package index and installed into Slicer only; no data of yours leaves this computer. This takes a few minutes, once.

{packages}

Install it now?</source>
   <translation>FMAssist braucht freie Software, die nicht mit Slicer kommt. Sie wird vom Python Package Index heruntergeladen und nur in Slicer installiert; keine Ihrer Daten verlassen diesen Rechner. Das dauert einmalig einige Minuten.

{packages}

Jetzt installieren?</translation>
  </message>
  <message>
   <source>FMAssist</source>
   <translation>FMAssist</translation>
  </message>
  <message>
   <source>It could not be installed. Is this computer connected to the internet, and may it reach pypi.org?</source>
   <translation>Es konnte nicht installiert werden. Ist dieser Rechner mit dem Internet verbunden, und darf er pypi.org erreichen?</translation>
  </message>
  <message>
   <source>Models need PyTorch. Install the extension called PyTorch in Slicer's Extensions Manager, restart Slicer, and press Apply again. Checking a segmentation works without it.</source>
   <translation>Modelle brauchen PyTorch. Installieren Sie die Erweiterung PyTorch in Slicers Extensions Manager, starten Sie Slicer neu und drücken Sie wieder Anwenden. Eine Segmentierung zu prüfen geht auch ohne.</translation>
  </message>
  <message>
   <source>The PyTorch that is here is too old to open model files safely; 2.10 or later is needed. Uninstall it with the module PyTorch Utils, restart Slicer, and press Apply again.</source>
   <translation>Das hiesige PyTorch ist zu alt, um Modelldateien sicher zu öffnen; nötig ist 2.10 oder neuer. Deinstallieren Sie es mit dem Modul PyTorch Utils, starten Sie Slicer neu und drücken Sie wieder Anwenden.</translation>
  </message>
 </context>
 <context>
  <name>FMAssistLib.enabling</name>
  <message>
   <source>{tip} (Alt+{key})</source>
   <translation>{tip} (Alt+{key})</translation>
  </message>
 </context>
 <context>
  <name>FMAssistLib.findings_tree</name>
  <message>
   <source>Decision</source>
   <translation>Entscheidung</translation>
  </message>
  <message>
   <source>Finding</source>
   <translation>Befund</translation>
  </message>
  <message>
   <source>for information</source>
   <translation>zur Kenntnis</translation>
  </message>
  <message>
   <source>implausible</source>
   <translation>unplausibel</translation>
  </message>
  <message>
   <source>needs review</source>
   <translation>zu begutachten</translation>
  </message>
  <message>
   <source>For information: {findings}</source>
   <translation>Zur Kenntnis: {findings}</translation>
  </message>
 </context>
 <context>
  <name>FMAssistLib.installing</name>
  <message>
   <source>Cancel</source>
   <translation>Abbrechen</translation>
  </message>
  <message>
   <source>Installing free software for FMAssist…</source>
   <translation>Freie Software für FMAssist wird installiert…</translation>
  </message>
  <message>
   <source>FMAssist</source>
   <translation>FMAssist</translation>
  </message>
 </context>
 <context>
  <name>FMAssistLib.live</name>
  <message>
   <source>None of the segments has a known name or code.</source>
   <translation>Keines der Segmente hat einen bekannten Namen oder Kode.</translation>
  </message>
  <message>
   <source>Only labelmaps can be judged while they are edited.</source>
   <translation>Nur Labelmaps lassen sich während der Bearbeitung beurteilen.</translation>
  </message>
  <message>
   <source>Segmentation and scan lie under different transforms: harden them first.</source>
   <translation>Segmentierung und Aufnahme liegen unter verschiedenen Transformationen: Härten Sie diese zuerst.</translation>
  </message>
  <message>
   <source>The segmentation lies on another grid than its scan: set its geometry to that of the scan.</source>
   <translation>Die Segmentierung liegt auf einem anderen Gitter als ihre Aufnahme: Geben Sie ihr die Geometrie der Aufnahme.</translation>
  </message>
  <message>
   <source>The segmentation was deleted.</source>
   <translation>Die Segmentierung wurde gelöscht.</translation>
  </message>
 </context>
 <context>
  <name>FMAssistLib.live_panel</name>
  <message>
   <source>Judge while I edit</source>
   <translation>Beim Bearbeiten beurteilen</translation>
  </message>
  <message>
   <source>Check the segmentation after every edit, with any effect, until this is switched off.</source>
   <translation>Prüft die Segmentierung nach jeder Bearbeitung mit jedem Werkzeug, bis dies ausgeschaltet wird.</translation>
  </message>
  <message>
   <source>Nothing is judged yet.</source>
   <translation>Noch ist nichts beurteilt.</translation>
  </message>
  <message>
   <source>What the check says of the segments edited last, and what changed.</source>
   <translation>Was die Prüfung über die zuletzt bearbeiteten Segmente sagt und was sich geändert hat.</translation>
  </message>
  <message>
   <source>Choose the segmentation to check.</source>
   <translation>Wählen Sie die zu prüfende Segmentierung.</translation>
  </message>
  <message>
   <source>The check could not be started.</source>
   <translation>Die Prüfung konnte nicht gestartet werden.</translation>
  </message>
  <message>
   <source>Judging the whole once…</source>
   <translation>Das Ganze wird einmal beurteilt …</translation>
  </message>
  <message>
   <source>Judging…</source>
   <translation>Wird beurteilt …</translation>
  </message>
  <message>
   <source>FMAssist: {line}</source>
   <translation>FMAssist: {line}</translation>
  </message>
  <message>
   <source>no finding</source>
   <translation>kein Befund</translation>
  </message>
  <message>
   <source>The whole: {findings}. Edits are judged from now on.</source>
   <translation>Im Ganzen: {findings}. Bearbeitungen werden ab jetzt beurteilt.</translation>
  </message>
  <message>
   <source>{structures}: {own}; the whole: {findings}.</source>
   <translation>{structures}: {own}; im Ganzen: {findings}.</translation>
  </message>
  <message>
   <source>Gone</source>
   <translation>Weg</translation>
  </message>
  <message>
   <source>New</source>
   <translation>Neu</translation>
  </message>
  <message>
   <source>Still</source>
   <translation>Weiterhin</translation>
  </message>
 </context>
 <context>
  <name>FMAssistLib.logic</name>
  <message>
   <source>Cancelled. Nothing was changed.</source>
   <translation>Abgebrochen. Nichts wurde geändert.</translation>
  </message>
  <message>
   <source>Cancelled, because the scene was closed.</source>
   <translation>Abgebrochen, weil die Szene geschlossen wurde.</translation>
  </message>
  <message>
   <source>Cancelled, because its scan or segmentation was deleted.</source>
   <translation>Abgebrochen, weil Aufnahme oder Segmentierung gelöscht wurde.</translation>
  </message>
  <message>
   <source>Preparing the scan</source>
   <translation>Die Aufnahme wird vorbereitet</translation>
  </message>
  <message>
   <source>The scan could not be handed over: {reason}</source>
   <translation>Die Aufnahme konnte nicht übergeben werden: {reason}</translation>
  </message>
  <message>
   <source>Loading the result</source>
   <translation>Das Ergebnis wird geladen</translation>
  </message>
  <message>
   <source>The result could not be taken over: {reason}</source>
   <translation>Das Ergebnis konnte nicht übernommen werden: {reason}</translation>
  </message>
  <message>
   <source>the segmentation was changed while it was checked; check again</source>
   <translation>die Segmentierung wurde während der Prüfung geändert; prüfen Sie erneut</translation>
  </message>
  <message>
   <source>Segmentation</source>
   <translation>Segmentierung</translation>
  </message>
  <message>
   <source>{name} FMAssist</source>
   <translation>{name} FMAssist</translation>
  </message>
 </context>
 <context>
  <name>FMAssistLib.looking</name>
  <message>
   <source>The finding cannot be shown.</source>
   <translation>Der Befund kann nicht gezeigt werden.</translation>
  </message>
 </context>
 <context>
  <name>FMAssistLib.meanings_table</name>
  <message>
   <source>From</source>
   <translation>Aus</translation>
  </message>
  <message>
   <source>Segment</source>
   <translation>Segment</translation>
  </message>
  <message>
   <source>Structure</source>
   <translation>Struktur</translation>
  </message>
  <message>
   <source>{question}: choose whose numbers they are.</source>
   <translation>{question}: Wählen Sie, von wem die Nummern sind.</translation>
  </message>
  <message>
   <source>choose…</source>
   <translation>wählen…</translation>
  </message>
  <message>
   <source>code</source>
   <translation>Code</translation>
  </message>
  <message>
   <source>name</source>
   <translation>Name</translation>
  </message>
  <message>
   <source>number</source>
   <translation>Nummer</translation>
  </message>
  <message>
   <source>you</source>
   <translation>Ihnen</translation>
  </message>
 </context>
 <context>
  <name>FMAssistLib.model_file</name>
  <message>
   <source>The file that you got</source>
   <translation>Die Datei, die Sie haben</translation>
  </message>
  <message>
   <source>Models (*.zip *.tar *.gz *.pt *.pth *.safetensors)</source>
   <translation>Modelle (*.zip *.tar *.gz *.pt *.pth *.safetensors)</translation>
  </message>
  <message>
   <source>{model} comes under this licence: {licence}. {note}

Do you agree to it?</source>
   <translation>{model} steht unter dieser Lizenz: {licence}. {note}

Stimmen Sie ihr zu?</translation>
  </message>
  <message>
   <source>FMAssist</source>
   <translation>FMAssist</translation>
  </message>
 </context>
 <context>
  <name>FMAssistLib.models_panel</name>
  <message>
   <source>The model could not be taken from the file.</source>
   <translation>Das Modell konnte nicht aus der Datei genommen werden.</translation>
  </message>
 </context>
 <context>
  <name>FMAssistLib.parameters</name>
  <message>
   <source>Segment the scan, then check</source>
   <translation>Aufnahme segmentieren, dann prüfen</translation>
  </message>
  <message>
   <source>Check a segmentation</source>
   <translation>Eine Segmentierung prüfen</translation>
  </message>
  <message>
   <source>Hide what is implausible</source>
   <translation>Unplausibles verbergen</translation>
  </message>
  <message>
   <source>Show it as outlines only</source>
   <translation>Nur als Umriss zeigen</translation>
  </message>
  <message>
   <source>Show everything</source>
   <translation>Alles zeigen</translation>
  </message>
  <message>
   <source>Found by the program (CT)</source>
   <translation>Vom Programm gefunden (CT)</translation>
  </message>
  <message>
   <source>Drawn by me (ROIs)</source>
   <translation>Von mir gezeichnet (ROIs)</translation>
  </message>
  <message>
   <source>female</source>
   <translation>weiblich</translation>
  </message>
  <message>
   <source>male</source>
   <translation>männlich</translation>
  </message>
  <message>
   <source>not known</source>
   <translation>nicht bekannt</translation>
  </message>
  <message>
   <source>head</source>
   <translation>Kopf</translation>
  </message>
  <message>
   <source>neck</source>
   <translation>Hals</translation>
  </message>
  <message>
   <source>chest</source>
   <translation>Brust</translation>
  </message>
  <message>
   <source>abdomen</source>
   <translation>Bauch</translation>
  </message>
  <message>
   <source>pelvis</source>
   <translation>Becken</translation>
  </message>
  <message>
   <source>CT</source>
   <translation>CT</translation>
  </message>
  <message>
   <source>MR</source>
   <translation>MR</translation>
  </message>
  <message>
   <source>as the scan says</source>
   <translation>wie die Aufnahme sagt</translation>
  </message>
  <message>
   <source>left only</source>
   <translation>nur links</translation>
  </message>
  <message>
   <source>right only</source>
   <translation>nur rechts</translation>
  </message>
  <message>
   <source>both</source>
   <translation>beide</translation>
  </message>
 </context>
 <context>
  <name>FMAssistLib.present</name>
  <message>
   <source>Plausible: nothing speaks against the {total} structures</source>
   <translation>Plausibel: nichts spricht gegen die {total} Strukturen</translation>
  </message>
  <message>
   <source>Implausible</source>
   <translation>Unplausibel</translation>
  </message>
  <message>
   <source>Needs review</source>
   <translation>Zu begutachten</translation>
  </message>
  <message>
   <source>{head}: {concerned} of {total} structures, {findings}</source>
   <translation>{head}: {concerned} von {total} Strukturen, {findings}</translation>
  </message>
  <message>
   <source>{text}, all decided</source>
   <translation>{text}, alle entschieden</translation>
  </message>
  <message>
   <source>1 finding</source>
   <translation>1 Befund</translation>
  </message>
  <message>
   <source>{number} findings</source>
   <translation>{number} Befunde</translation>
  </message>
  <message>
   <source>Likely cause: {cause}</source>
   <translation>Wahrscheinliche Ursache: {cause}</translation>
  </message>
  <message>
   <source>{label} (over 99 %)</source>
   <translation>{label} (über 99 %)</translation>
  </message>
  <message>
   <source>{label} ({percent} %)</source>
   <translation>{label} ({percent} %)</translation>
  </message>
  <message>
   <source>{names} and {more} more</source>
   <translation>{names} und {more} weitere</translation>
  </message>
  <message>
   <source>repair accepted</source>
   <translation>Reparatur angenommen</translation>
  </message>
  <message>
   <source>kept</source>
   <translation>behalten</translation>
  </message>
  <message>
   <source>rejected</source>
   <translation>verworfen</translation>
  </message>
  <message>
   <source>edited by hand</source>
   <translation>von Hand bearbeitet</translation>
  </message>
  <message>
   <source> by {name}</source>
   <translation> von {name}</translation>
  </message>
  <message>
   <source>Decided: {decision}</source>
   <translation>Entschieden: {decision}</translation>
  </message>
  <message>
   <source>about {seconds} s left</source>
   <translation>noch etwa {seconds} s</translation>
  </message>
  <message>
   <source>about {minutes} min left</source>
   <translation>noch etwa {minutes} min</translation>
  </message>
  <message>
   <source>Decided</source>
   <translation>Entschieden</translation>
  </message>
  <message>
   <source>Measured and expected</source>
   <translation>Gemessen und erwartet</translation>
  </message>
  <message>
   <source>Why</source>
   <translation>Warum</translation>
  </message>
  <message>
   <source>Likely causes</source>
   <translation>Wahrscheinliche Ursachen</translation>
  </message>
  <message>
   <source>It would be normal with</source>
   <translation>Es wäre normal bei</translation>
  </message>
  <message>
   <source>settles {resolved}</source>
   <translation>erledigt {resolved}</translation>
  </message>
  <message>
   <source>, but raises {new} more</source>
   <translation>, bringt aber {new} neue</translation>
  </message>
  <message>
   <source>Proposed repair</source>
   <translation>Vorgeschlagene Reparatur</translation>
  </message>
  <message>
   <source>Sources</source>
   <translation>Quellen</translation>
  </message>
  <message>
   <source>{rule}, knowledge {version}</source>
   <translation>{rule}, Wissen {version}</translation>
  </message>
  <message>
   <source>Rule</source>
   <translation>Regel</translation>
  </message>
  <message>
   <source>the largest piece of {name}</source>
   <translation>das größte Stück von {name}</translation>
  </message>
  <message>
   <source>piece {number} of {name}</source>
   <translation>Stück {number} von {name}</translation>
  </message>
  <message>
   <source>exchange {part} and {target}</source>
   <translation>{part} und {target} vertauschen</translation>
  </message>
  <message>
   <source>rename {part} to {target}</source>
   <translation>{part} in {target} umbenennen</translation>
  </message>
  <message>
   <source>remove {part}</source>
   <translation>{part} entfernen</translation>
  </message>
  <message>
   <source>give {part} to {target}</source>
   <translation>{part} an {target} geben</translation>
  </message>
  <message>
   <source>close gaps in {part}</source>
   <translation>Lücken in {part} schließen</translation>
  </message>
  <message>
   <source>leave {part} as it is</source>
   <translation>{part} lassen, wie es ist</translation>
  </message>
  <message>
   <source> (expected {expected})</source>
   <translation> (erwartet {expected})</translation>
  </message>
 </context>
 <context>
  <name>FMAssistLib.process</name>
  <message>
   <source>Cancelled. Nothing was changed.</source>
   <translation>Abgebrochen. Nichts wurde geändert.</translation>
  </message>
  <message>
   <source>The calculation stopped unexpectedly, perhaps because memory ran out. Slicer and your data are unharmed. Close other programs or choose a smaller model, and try again.</source>
   <translation>Die Berechnung endete unerwartet, vielleicht weil der Speicher nicht reichte. Slicer und Ihre Daten sind unversehrt. Schließen Sie andere Programme oder wählen Sie ein kleineres Modell, und versuchen Sie es erneut.</translation>
  </message>
  <message>
   <source>The input could not be used.</source>
   <translation>Die Eingabe konnte nicht verwendet werden.</translation>
  </message>
  <message>
   <source>A part that FMAssist needs is not installed yet. Press Apply again to install it.</source>
   <translation>Ein Teil, den FMAssist braucht, ist noch nicht installiert. Drücken Sie wieder Anwenden, um ihn zu installieren.</translation>
  </message>
  <message>
   <source>The check could not be completed: {reason}</source>
   <translation>Die Prüfung konnte nicht beendet werden: {reason}</translation>
  </message>
  <message>
   <source>no reason was given</source>
   <translation>es wurde kein Grund genannt</translation>
  </message>
 </context>
 <context>
  <name>FMAssistLib.running</name>
  <message>
   <source>The run could not be started.</source>
   <translation>Der Lauf konnte nicht gestartet werden.</translation>
  </message>
  <message>
   <source>The check could not be started.</source>
   <translation>Die Prüfung konnte nicht gestartet werden.</translation>
  </message>
  <message>
   <source>The synthetic torso could not be made.</source>
   <translation>Der künstliche Rumpf konnte nicht erzeugt werden.</translation>
  </message>
  <message>
   <source>Making a synthetic torso…</source>
   <translation>Ein künstlicher Rumpf wird erzeugt…</translation>
  </message>
  <message>
   <source>Make a synthetic torso</source>
   <translation>Künstlichen Rumpf erzeugen</translation>
  </message>
 </context>
 <context>
  <name>FMAssistLib.sample_data</name>
  <message>
   <source>Synthetic torso</source>
   <translation>Künstlicher Rumpf</translation>
  </message>
  <message>
   <source>Synthetic torso, two mistakes in it</source>
   <translation>Künstlicher Rumpf mit zwei Fehlern</translation>
  </message>
  <message>
   <source>The synthetic torso could not be made.</source>
   <translation>Der künstliche Rumpf konnte nicht erzeugt werden.</translation>
  </message>
 </context>
 <context>
  <name>FMAssistLib.scripting</name>
  <message>
   <source>None of the segments has a known meaning: give names={segment id: structure}.</source>
   <translation>Keines der Segmente hat eine bekannte Bedeutung: geben Sie names={segment id: structure} an.</translation>
  </message>
  <message>
   <source>Another run is under way.</source>
   <translation>Ein anderer Lauf ist im Gange.</translation>
  </message>
 </context>
 <context>
  <name>FMAssistLib.session</name>
  <message>
   <source>A segment that the repair needs is no longer there. Check again.</source>
   <translation>Ein Segment, das die Reparatur braucht, ist nicht mehr da. Prüfen Sie erneut.</translation>
  </message>
  <message>
   <source>A segment that the repair needs was changed since the check. Check again.</source>
   <translation>Ein Segment, das die Reparatur braucht, wurde seit der Prüfung verändert. Prüfen Sie noch einmal.</translation>
  </message>
  <message>
   <source>edited in the Segment Editor</source>
   <translation>im Segment Editor bearbeitet</translation>
  </message>
 </context>
 <context>
  <name>FMAssistLib.signing</name>
  <message>
   <source>The signature could not be withdrawn.</source>
   <translation>Die Unterschrift konnte nicht zurückgezogen werden.</translation>
  </message>
  <message>
   <source>&amp;Sign</source>
   <translation>&amp;Unterschreiben</translation>
  </message>
  <message>
   <source>Withdraw &amp;signature</source>
   <translation>Unterschrift z&amp;urückziehen</translation>
  </message>
  <message>
   <source>Lock the result under your name; any later change voids it visibly.</source>
   <translation>Sperrt das Ergebnis unter Ihrem Namen; jede spätere Änderung macht es sichtbar ungültig.</translation>
  </message>
  <message>
   <source>One moment.</source>
   <translation>Einen Augenblick.</translation>
  </message>
  <message>
   <source>Open the result again; the log keeps that it was signed.</source>
   <translation>Öffnet das Ergebnis wieder; das Protokoll behält, dass es unterschrieben war.</translation>
  </message>
  <message>
   <source>There is no result to sign.</source>
   <translation>Es gibt kein Ergebnis zu unterschreiben.</translation>
  </message>
  <message>
   <source>Decide first: {findings} left.</source>
   <translation>Erst entscheiden: noch {findings}.</translation>
  </message>
  <message>
   <source>Write your name first.</source>
   <translation>Schreiben Sie zuerst Ihren Namen.</translation>
  </message>
  <message>
   <source>Not signed.</source>
   <translation>Nicht unterschrieben.</translation>
  </message>
  <message>
   <source>{name}, {time} UTC</source>
   <translation>{name}, {time} UTC</translation>
  </message>
  <message>
   <source>Signed by {who}</source>
   <translation>Unterschrieben von {who}</translation>
  </message>
  <message>
   <source>Signature void (was {who}): {reasons}</source>
   <translation>Unterschrift ungültig (war {who}): {reasons}</translation>
  </message>
 </context>
 <context>
  <name>FMAssistLib.states</name>
  <message>
   <source>The scene is closing.</source>
   <translation>Die Szene wird geschlossen.</translation>
  </message>
  <message>
   <source>Choose the segmentation to check.</source>
   <translation>Wählen Sie die zu prüfende Segmentierung.</translation>
  </message>
  <message>
   <source>The chosen segmentation has no segments.</source>
   <translation>Die gewählte Segmentierung hat keine Segmente.</translation>
  </message>
  <message>
   <source>Confirm that the structure names are right, or set them in the table.</source>
   <translation>Bestätigen Sie, dass die Namen der Strukturen stimmen, oder setzen Sie sie in der Tabelle.</translation>
  </message>
  <message>
   <source>One moment: what the segments stand for is being found out.</source>
   <translation>Einen Moment: Es wird ermittelt, wofür die Segmente stehen.</translation>
  </message>
  <message>
   <source>The segments have numbers for names: choose whose numbers they are, and confirm.</source>
   <translation>Die Segmente haben Nummern statt Namen: wählen Sie, wessen Nummern es sind, und bestätigen Sie.</translation>
  </message>
  <message>
   <source>None of the segments has a known name: set at least one structure in the table.</source>
   <translation>Keines der Segmente hat einen bekannten Namen: setzen Sie mindestens eine Struktur in der Tabelle.</translation>
  </message>
  <message>
   <source>Choose a scan. Load one with File, Add data, or with the DICOM module.</source>
   <translation>Wählen Sie eine Aufnahme. Laden Sie eine mit File, Add data oder mit dem Modul DICOM.</translation>
  </message>
  <message>
   <source>Choose a model.</source>
   <translation>Wählen Sie ein Modell.</translation>
  </message>
  <message>
   <source>Boxes can be found in a CT only: choose to draw them yourself.</source>
   <translation>Kästen lassen sich nur in einem CT finden: wählen Sie, sie selbst zu zeichnen.</translation>
  </message>
  <message>
   <source>Name the structure in every box.</source>
   <translation>Benennen Sie die Struktur in jedem Kasten.</translation>
  </message>
  <message>
   <source>This model needs a box around each structure: press Add box.</source>
   <translation>Dieses Modell braucht einen Kasten um jede Struktur: drücken Sie Kasten hinzufügen.</translation>
  </message>
  <message>
   <source>No scan is chosen: places and sizes are checked, but nothing that only the image shows. If there is a scan, choose it.</source>
   <translation>Keine Aufnahme ist gewählt: Orte und Größen werden geprüft, aber nichts, was nur das Bild zeigt. Gibt es eine Aufnahme, so wählen Sie sie.</translation>
  </message>
  <message>
   <source>Scan and segmentation belong to different studies: make sure that they are of the same examination.</source>
   <translation>Aufnahme und Segmentierung gehören zu verschiedenen Studien: stellen Sie sicher, dass sie von derselben Untersuchung sind.</translation>
  </message>
  <message>
   <source>The chosen scan has no voxels.</source>
   <translation>Die gewählte Aufnahme hat keine Voxel.</translation>
  </message>
  <message>
   <source>The chosen scan is a single slice; a 3D scan is needed.</source>
   <translation>Die gewählte Aufnahme ist eine einzelne Schicht; nötig ist eine 3D-Aufnahme.</translation>
  </message>
  <message>
   <source>The chosen scan is in colour; a grey-scale scan is needed.</source>
   <translation>Die gewählte Aufnahme ist farbig; nötig ist eine in Graustufen.</translation>
  </message>
  <message>
   <source>The scan is under a warping transform: harden it first.</source>
   <translation>Die Aufnahme steht unter einer verformenden Transformation: wenden Sie diese zuerst fest an (harden).</translation>
  </message>
  <message>
   <source>Cancel</source>
   <translation>Abbrechen</translation>
  </message>
  <message>
   <source>Stop; nothing is changed.</source>
   <translation>Anhalten; nichts ändert sich.</translation>
  </message>
  <message>
   <source>Cancelling…</source>
   <translation>Wird abgebrochen…</translation>
  </message>
  <message>
   <source>Waiting for the calculation to end.</source>
   <translation>Wartet auf das Ende der Berechnung.</translation>
  </message>
  <message>
   <source>Apply</source>
   <translation>Anwenden</translation>
  </message>
  <message>
   <source>Segment the scan and check the result. You can go on working meanwhile.</source>
   <translation>Segmentiert die Aufnahme und prüft das Ergebnis. Sie können währenddessen weiterarbeiten.</translation>
  </message>
  <message>
   <source>Check the segmentation. A copy is made; the original stays as it is.</source>
   <translation>Prüft die Segmentierung. Es wird eine Kopie gemacht; das Original bleibt, wie es ist.</translation>
  </message>
 </context>
 <context>
  <name>FMAssistLib.storage</name>
  <message>
   <source>review</source>
   <translation>Begutachtung</translation>
  </message>
  <message>
   <source>evidence</source>
   <translation>Gemessenes</translation>
  </message>
  <message>
   <source>The review stored with {name} cannot be read; check it again.</source>
   <translation>Die bei {name} gespeicherte Begutachtung kann nicht gelesen werden; prüfen Sie erneut.</translation>
  </message>
 </context>
 <context>
  <name>FMAssistLib.structure_lists</name>
  <message>
   <source>The structure that this is; type to search.</source>
   <translation>Die Struktur, die dies ist; tippen Sie, um zu suchen.</translation>
  </message>
 </context>
 <context>
  <name>FMAssistLib.structures_table</name>
  <message>
   <source>Findings</source>
   <translation>Befunde</translation>
  </message>
  <message>
   <source>Outline wrong</source>
   <translation>Umriss falsch</translation>
  </message>
  <message>
   <source>Structure</source>
   <translation>Struktur</translation>
  </message>
  <message>
   <source>implausible, not decided</source>
   <translation>unplausibel, nicht entschieden</translation>
  </message>
  <message>
   <source>needs review</source>
   <translation>zu begutachten</translation>
  </message>
  <message>
   <source>decided</source>
   <translation>entschieden</translation>
  </message>
  <message>
   <source>plausible</source>
   <translation>plausibel</translation>
  </message>
  <message>
   <source>not judged</source>
   <translation>nicht beurteilt</translation>
  </message>
 </context>
 <context>
  <name>FMAssistLib.surfaces</name>
  <message>
   <source>a surface is cut off</source>
   <translation>eine Oberfläche ist abgeschnitten</translation>
  </message>
 </context>
 <context>
  <name>FMAssistLib.verdict_panel</name>
  <message>
   <source>No result yet.</source>
   <translation>Noch kein Ergebnis.</translation>
  </message>
  <message>
   <source>There is no other finding.</source>
   <translation>Es gibt keinen anderen Befund.</translation>
  </message>
  <message>
   <source>The 3D view is being filled.</source>
   <translation>Die 3D-Ansicht wird gefüllt.</translation>
  </message>
  <message>
   <source>Select a finding to read why.</source>
   <translation>Wählen Sie einen Befund, um zu lesen, warum.</translation>
  </message>
  <message>
   <source>Press ▶ to look at the first finding.</source>
   <translation>Drücken Sie ▶, um den ersten Befund anzusehen.</translation>
  </message>
  <message>
   <source>Nothing to decide.</source>
   <translation>Nichts zu entscheiden.</translation>
  </message>
  <message>
   <source>all decided</source>
   <translation>alle entschieden</translation>
  </message>
  <message>
   <source>{left} left to decide</source>
   <translation>noch {left} zu entscheiden</translation>
  </message>
  <message>
   <source>Finding {number} of {total}, {remaining}</source>
   <translation>Befund {number} von {total}, {remaining}</translation>
  </message>
  <message>
   <source>{findings}, {remaining}</source>
   <translation>{findings}, {remaining}</translation>
  </message>
 </context>
 <context>
  <name>FMAssistLib.view_3d</name>
  <message>
   <source>Hide in &amp;3D</source>
   <translation>In &amp;3D verbergen</translation>
  </message>
  <message>
   <source>Show in &amp;3D</source>
   <translation>In &amp;3D zeigen</translation>
  </message>
  <message>
   <source>The 3D view could not be filled.</source>
   <translation>Die 3D-Ansicht konnte nicht gefüllt werden.</translation>
  </message>
  <message>
   <source>3D: {percent} %</source>
   <translation>3D: {percent} %</translation>
  </message>
 </context>
 <context>
  <name>FMAssistLib.worklist</name>
  <message>
   <source>This folder holds no batch: choose the one that fmassist batch wrote.</source>
   <translation>Dieser Ordner enthält keinen Stapel: Wählen Sie den, den fmassist batch geschrieben hat.</translation>
  </message>
  <message>
   <source>The study's findings cannot be read.</source>
   <translation>Die Befunde der Studie sind nicht lesbar.</translation>
  </message>
  <message>
   <source>You decided on this study elsewhere meanwhile, in the browser for instance.</source>
   <translation>Sie haben über diese Studie inzwischen anderswo entschieden, etwa im Browser.</translation>
  </message>
 </context>
 <context>
  <name>FMAssistLib.worklist_panel</name>
  <message>
   <source>Who is looking?</source>
   <translation>Wer sieht hin?</translation>
  </message>
  <message>
   <source>Your name; what you decide on a batch is kept under it.</source>
   <translation>Ihr Name; was Sie über einen Stapel entscheiden, wird unter ihm behalten.</translation>
  </message>
  <message>
   <source>Folder of a batch</source>
   <translation>Ordner eines Stapels</translation>
  </message>
  <message>
   <source>The batch could not be opened.</source>
   <translation>Der Stapel konnte nicht geöffnet werden.</translation>
  </message>
  <message>
   <source>This batch has no such study, or it failed.</source>
   <translation>Dieser Stapel hat keine solche Studie, oder sie ist fehlgeschlagen.</translation>
  </message>
  <message>
   <source>Folder that the batch was started with, or that holds its list</source>
   <translation>Ordner, mit dem der Stapel gestartet wurde oder der seine Liste enthält</translation>
  </message>
  <message>
   <source>Looking for the scans…</source>
   <translation>Die Aufnahmen werden gesucht …</translation>
  </message>
  <message>
   <source>Loading the study…</source>
   <translation>Die Studie wird geladen …</translation>
  </message>
  <message>
   <source>The decision could not be written.</source>
   <translation>Die Entscheidung konnte nicht geschrieben werden.</translation>
  </message>
  <message>
   <source>What was decided on this study could not be kept.</source>
   <translation>Was über diese Studie entschieden wurde, konnte nicht behalten werden.</translation>
  </message>
  <message>
   <source>One moment: what was decided last is being carried out.</source>
   <translation>Einen Augenblick: die letzte Entscheidung wird gerade ausgeführt.</translation>
  </message>
  <message>
   <source>Open a batch first.</source>
   <translation>Öffnen Sie zuerst einen Stapel.</translation>
  </message>
  <message>
   <source>There is no other study on this side of the list.</source>
   <translation>In dieser Richtung der Liste kommt keine Studie mehr.</translation>
  </message>
  <message>
   <source>Enter your name below before you decide.</source>
   <translation>Geben Sie unten Ihren Namen ein, bevor Sie entscheiden.</translation>
  </message>
  <message>
   <source>{total} studies</source>
   <translation>{total} Studien</translation>
  </message>
  <message>
   <source>Study {number} of {total}: {study}</source>
   <translation>Studie {number} von {total}: {study}</translation>
  </message>
  <message>
   <source>, {percent} % likely to be wrong</source>
   <translation>, zu {percent} % wahrscheinlich falsch</translation>
  </message>
  <message>
   <source>accepted</source>
   <translation>angenommen</translation>
  </message>
  <message>
   <source>rejected</source>
   <translation>abgelehnt</translation>
  </message>
  <message>
   <source>unsure</source>
   <translation>unsicher</translation>
  </message>
  <message>
   <source>decided: {count}</source>
   <translation>entschieden: {count}</translation>
  </message>
  <message>
   <source>The scan of this study could not be read.</source>
   <translation>Die Aufnahme dieser Studie konnte nicht gelesen werden.</translation>
  </message>
  <message>
   <source>The study could not be opened.</source>
   <translation>Die Studie konnte nicht geöffnet werden.</translation>
  </message>
  <message>
   <source>None of its studies is one of this batch.</source>
   <translation>Keine ihrer Studien gehört zu diesem Stapel.</translation>
  </message>
  <message>
   <source>No scan of this batch was found.</source>
   <translation>Keine Aufnahme dieses Stapels wurde gefunden.</translation>
  </message>
 </context>
</TS>
