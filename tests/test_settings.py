"""The process's settings."""

import pytest

from kickoff.settings import Settings, SettingsError, read_settings


def test_without_variables_the_defaults_hold() -> None:
    """One machine runs without any set-up."""
    assert read_settings({"HOME": "/nowhere"}) == Settings()


def test_a_variable_overrides_one_setting() -> None:
    """Whatever is not named stays as it is."""
    settings = read_settings({"KICKOFF_DOOR_PORT": "9080"})

    assert settings.door.port == 9080
    assert settings.backend == Settings().backend


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("KICKOFF_DOOR_PROT", "9080", "did you mean 'KICKOFF_DOOR_PORT'?"),
        ("KICKOFF_DOOR_PORT", "99999", "65535"),
        ("KICKOFF_DOOR_PORT", "eighty", "KICKOFF_DOOR_PORT: Expected `int`"),
        ("KICKOFF_CONSOLE_PORT", "8081", "8081 is the port of BACKEND too"),
        ("KICKOFF_DOOR_TRUSTED_PROXIES", "10.0.0.0/8,loopback", "'loopback' does not appear to be"),
        ("KICKOFF_DOOR_ORIGINS", "https://app.example/", "KICKOFF_DOOR_ORIGINS: 'https://app.example/' is no origin"),
        ("KICKOFF_DOOR_ORIGINS", "https://a.example,*", "'*' is no origin"),
        ("KICKOFF_DOOR_ORIGINS", "null", "such as https://app.example"),
        ("KICKOFF_DOOR_ORIGINS", "app.example", "'app.example' is no origin"),
        ("KICKOFF_DOOR_ORIGINS", "https://App.example", "as browsers do"),
        ("KICKOFF_DOOR_ORIGINS", "https://app.example:443", "as browsers do"),
        ("KICKOFF_DOOR_ORIGINS", "https://a.example,", "'' is no origin"),
        ("KICKOFF_CONSOLE_TRUSTED_PROXIES", "loopback", "'loopback' does not appear to be"),
    ],
)
def test_an_impossible_setting_does_not_start(name: str, value: str, words: str) -> None:
    """A misspelt variable that is silently ignored would be found on the night itself."""
    with pytest.raises(SettingsError, match=r"[^\n]+") as caught:
        read_settings({name: value})

    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://app.example",
        "http://localhost:3000, https://xn--vod-bma.example:8443",
        "capacitor://localhost,https://[2001:db8::1]:8443",
    ],
)
def test_origins_are_written_as_browsers_write_them(text: str) -> None:
    """Also those of pages inside an app, which have a scheme of their own."""
    assert read_settings({"KICKOFF_DOOR_ORIGINS": text}).door.origins == text
