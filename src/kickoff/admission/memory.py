"""What does the controller remember from one tick to the next? Values; nothing here decides."""

from msgspec import Struct

from kickoff.admission.costs import Costs
from kickoff.admission.flow import Flow
from kickoff.admission.forecast import Forecast
from kickoff.admission.gate import Gate
from kickoff.admission.ladder import Ladder
from kickoff.admission.orders import Reading
from kickoff.admission.signals import Sighting
from kickoff.admission.stretch import Stretch
from kickoff.admission.trim import Trim
from kickoff.night import DoorRules


class ControllerState(Struct, frozen=True, kw_only=True):
    """All that the controller remembers from tick to tick. Keys are lanes, of `sightings` and `trims` dependencies."""

    allowed_per_s: float
    """Admissions of all lanes when every dependency was last heard."""
    rates: dict[str, float] = {}
    """Admissions a second, before the show-up rate."""
    last: Reading | None = None
    carried: dict[str, float] = {}
    """Fraction of a place owed."""
    admit_max: int | None = None
    sightings: dict[str, Sighting] = {}
    costs: Costs = Costs()
    flows: dict[str, Flow] = {}
    trims: dict[str, Trim] = {}
    stretch: Stretch = Stretch()
    rested: dict[str, float] = {}
    """Dependency → calls a second of one viewer inside whose messages come as often as usual, as last learnt."""
    ladder: Ladder = Ladder()
    gate: Gate = Gate()
    reported: Reading | None = None
    """As it was when the last new report came: admissions are counted from report to report."""
    forecasts: dict[str, Forecast] = {}

    @property
    def rate_per_s(self) -> float:
        """Of all lanes."""
        return sum(self.rates.values())


def start(rules: DoorRules) -> ControllerState:
    """Nothing is learnt yet: the first rate is the safe one."""
    return ControllerState(allowed_per_s=rules.safe_rate_per_s)
