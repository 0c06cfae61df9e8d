"""What a promptable model is asked for: named boxes in patient space."""

from fmassist.models.prompts.prompt import Prompt, prompts_from_boxes
from fmassist.models.prompts.read import read_prompts
from fmassist.models.prompts.refine import prompts_from_labels

__all__ = ["Prompt", "prompts_from_boxes", "prompts_from_labels", "read_prompts"]
