"""Name every fault by its kind: what was expected, what was found, what to do next."""

from __future__ import annotations

#: Settings of the library that are arguments here, by the same name.
_ARGUMENTS = {
    "frame_interval", "pixel_size", "exposure", "readout", "axes", "channel", "slice", "position", "decoder",
    "frames", "every", "field", "crop", "bin", "region", "detrend", "window", "seed", "resume", "time_budget",
}  # fmt: skip


def with_argument(text: str, setting: str | None) -> str:
    """The text with the argument that states the setting it speaks of, if there is one."""
    return f"{text} (argument {setting}=)" if setting in _ARGUMENTS else text


class Error(Exception):
    """Anything that goes wrong in cneep but the system's own refusals, which are `OSError`.

    `subject`, `expected`, `found` and `remedy` say it in parts; `setting` names what answers it, if known.
    """

    def __init__(
        self,
        text: str,
        subject: str = "",
        expected: str = "",
        found: str = "",
        remedy: str = "",
        setting: str | None = None,
    ) -> None:
        super().__init__(text)
        self.subject, self.expected, self.found, self.remedy = subject, expected, found, remedy
        self.setting = setting


class FormatError(Error, ValueError):
    """A file or array does not hold what its format promises."""


class UnsupportedError(Error, ValueError):
    """A valid file, of a kind that is not read."""


class MismatchError(Error, ValueError):
    """Two inputs that do not belong together."""


class SettingError(Error, ValueError):
    """A setting outside its range."""


class NotConvergedError(Error, RuntimeError):
    """A computation that did not reach an answer worth stating."""


class OutOfMemoryError(Error, MemoryError):
    """More memory is needed than there is."""


class StoppedError(Error):
    """A computation ended on request, before anything was complete."""


_KINDS: dict[str, type[Error]] = {
    kind.__name__: kind
    for kind in (
        FormatError,
        UnsupportedError,
        MismatchError,
        SettingError,
        NotConvergedError,
        OutOfMemoryError,
    )
}


def of_fault(kind: str, subject: str, expected: str, found: str, remedy: str, setting: str | None) -> Error:
    """The exception of a fault that the native module found."""
    named = setting or (subject if kind == "SettingError" else None)
    text = with_argument(f"{subject}: expected {expected}, found {found}. {remedy}", named)
    return _KINDS[kind](text, subject, expected, found, remedy, setting)


def of_system(number: int | None, text: str, path: str, remedy: str) -> OSError:
    """The exception of a refusal of the system, such as FileNotFoundError."""
    said = text.split(" (os error")[0]
    return OSError(number, f"{said}. {remedy}", path) if number else OSError(f"{path}: {said}. {remedy}")
