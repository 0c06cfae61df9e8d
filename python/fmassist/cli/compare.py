"""`fmassist check` with several segmentations of one image: what the terminal says of their comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fmassist.application.compare import ComparedStudies


def tell_comparison(compared: ComparedStudies) -> None:
    """The differences in a few lines on stdout."""
    from rich.console import Console

    from fmassist.cli.progress import wants_json
    from fmassist.outside_text import printable

    if wants_json():
        return
    console = Console(highlight=False, soft_wrap=True)
    differences = compared.differences
    console.print(f"{len(compared.studies)} models, {len(differences)} differences")
    for difference in differences[:12]:
        right = "either" if len(difference.right) == 2 else " and ".join(difference.right) or "neither"
        console.print(printable(f"  {difference.message} Anatomy agrees with: {right}."), markup=False)
    if len(differences) > 12:
        console.print(f"  and {len(differences) - 12} more")
