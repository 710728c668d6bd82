"""Why: capacity, malice or fault?

Capacity: more came than can be carried. Malice: somebody does harm on purpose. Fault: something broke that load does
not explain. Each leaves signs, and each sign is expected under each cause (`weights`): what is measured in the
facts (`signs`) is weighed by how much likelier one cause makes it than the others. The weights are small whole
stories that a person can read, and they may cancel: then it is too early to say. Malice is said of nobody lightly.

Entry point: `explain`.
"""

from kickoff.causes.explain import explain

__all__ = ["explain"]
