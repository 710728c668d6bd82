import json
from pathlib import Path

import pytest
import typer

from kickoff.aftermath.answers import cases
from kickoff.aftermath.journal import JournalView
from kickoff.cli import main
from kickoff.commands import BadInput
from kickoff.commands.gestures import Act, Form, command
from kickoff.run_folder import RunFolder
from tests.aftermath.played import HIT, lay_out
from tests.gestures.outbox.billing import SECRET, Billing


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A night on which a network failed, not closed yet."""
    return lay_out(tmp_path_factory.mktemp("night") / "out")


def run(capsys: pytest.CaptureFixture[str], act: Act, folder: RunFolder, **options: object) -> dict[str, object]:
    """What the command prints as JSON."""
    usual = {"by": "", "subject": None, "ledger": "", "within_s": 20.0, "stuck_too": False}
    command(act, folder.root, as_json=True, **{**usual, **options})  # type: ignore[arg-type]
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def test_preview_post_and_audit_agree(played: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    """What is seen before is what is promised, once."""
    seen = run(capsys, Act.PREVIEW, played)
    posted = run(capsys, Act.POST, played)
    again = run(capsys, Act.POST, played)
    audit = run(capsys, Act.AUDIT, played)
    assert seen["granted"] == posted["new"] == again["unchanged"] == audit["gestures"] == len(HIT)
    assert seen["total_cents"] == posted["moved_cents"] == audit["total_cents"]
    assert (again["new"], again["moved_cents"], audit["wrong"]) == (0, 0, [])


def test_one_subscribers_case_is_explained(played: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    """Care reads the sum and the promise to the subscriber."""
    who = cases(JournalView(played.journals, played.night))[0].subject
    run(capsys, Act.POST, played)
    found = run(capsys, Act.PREVIEW, played, subject=who)
    assert "min × " in json.dumps(found["listed"], ensure_ascii=False)
    assert "we are giving you" in json.dumps(found["letter"])
    assert len(found["entries"]) == 1  # type: ignore[arg-type]


def test_the_ledger_is_handed_on_in_both_forms(played: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    """The billing system reads CSV, the bookkeepers their own."""
    run(capsys, Act.POST, played)
    command(Act.EXPORT, played.root, by="", subject=None, ledger="", form=Form.CSV)
    assert len(capsys.readouterr().out.splitlines()) == len(HIT) + 1
    command(Act.EXPORT, played.root, by="", subject=None, ledger="", form=Form.BEANCOUNT)
    assert capsys.readouterr().out.count(" * ") == len(HIT)


def test_an_approval_is_by_somebody(played: RunFolder, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """An unsigned yes is none; a second person counts as two."""
    ledger = f"sqlite:///{tmp_path / 'other.sqlite'}"
    with pytest.raises(BadInput, match="--by is missing"):
        run(capsys, Act.APPROVE, played, ledger=ledger)
    assert run(capsys, Act.APPROVE, played, ledger=ledger, by="ana")["approvals"] == 1
    assert run(capsys, Act.APPROVE, played, ledger=ledger, by="ben")["approvals"] == 2


def test_a_stranger_and_a_wrong_folder_are_bad_input(
    played: RunFolder, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """One line that says what, where and how to mend it."""
    with pytest.raises(BadInput, match="was not hit in this night"):
        run(capsys, Act.PREVIEW, played, subject=12345)
    with pytest.raises(BadInput, match="holds no journal"):
        run(capsys, Act.PREVIEW, RunFolder(tmp_path, "x"))
    with pytest.raises(BadInput, match="cannot be opened"):
        run(capsys, Act.AUDIT, played, ledger="nonsense")


def test_a_number_that_no_subscriber_has_is_bad_input(played: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    """Subjects are signed 64-bit numbers: a longer one is a slip of the hand, not a failure of the ledger."""
    with pytest.raises(SystemExit) as left:
        main(["gestures", "preview", str(played.root), "--subject", "99999999999999999999"])
    assert left.value.code == 2
    assert "--subject" in capsys.readouterr().err


def test_people_must_approve_where_the_rule_may_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A refusal is a negative answer: exit status 1, and why."""
    folder = lay_out(tmp_path / "out")
    text = folder.night_file.read_text("utf-8")
    folder.night_file.write_text(text.replace('approval = "rule"', 'approval = "people"', 1), "utf-8")
    with pytest.raises(typer.Exit) as left:
        run(capsys, Act.POST, folder)
    assert left.value.exit_code == 1
    assert "0 of 2 approvals" in capsys.readouterr().out
    for name in ("ana", "ben"):
        run(capsys, Act.APPROVE, folder, by=name)
    assert run(capsys, Act.POST, folder)["new"] == len(HIT)


def test_what_is_posted_is_handed_on(
    played: RunFolder, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signed, once; and nobody to hand it on to is bad input, as is a secret that anybody guesses."""
    run(capsys, Act.POST, played)
    with pytest.raises(BadInput, match="KICKOFF_BILLING_URL"):
        run(capsys, Act.DELIVER, played)
    with Billing().serving() as billing:
        monkeypatch.setenv("KICKOFF_BILLING_URL", billing.url)
        monkeypatch.setenv("KICKOFF_BILLING_SECRET", "short")
        with pytest.raises(BadInput, match="KICKOFF_BILLING_SECRET"):
            run(capsys, Act.DELIVER, played)
        monkeypatch.setenv("KICKOFF_BILLING_SECRET", SECRET.decode())
        found = run(capsys, Act.DELIVER, played)
        assert (found["delivered"], found["waiting"], found["stuck"]) == (len(HIT), 0, 0)
        assert run(capsys, Act.DELIVER, played) == found
        assert sum(billing.kept.values()) == found["delivered_cents"]
