"""The errors a user can meet, each of them one clear line.

`InputError` is the user's to mend (exit code 2). Anything else that escapes is a fault of ours (exit code 1).
No message ever holds a patient's name, identifier or a DICOM tag's value that could identify somebody.
"""


class FMAssistError(Exception):
    """Base of every error that FMAssist raises on purpose."""

    exit_code = 1


class InputError(FMAssistError):
    """Something given to the program is wrong; the message says what, and what to do.

    Example:
        >>> str(InputError("the affine is singular", "re-export the volume with a valid geometry"))
        'the affine is singular: re-export the volume with a valid geometry'
    """

    exit_code = 2

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(f"{what}: {remedy}" if remedy else what)
        self.what = what
        self.remedy = remedy


class Cancelled(FMAssistError):  # noqa: N818 - not a fault
    """The user asked to stop; nothing was left behind."""

    exit_code = 1
