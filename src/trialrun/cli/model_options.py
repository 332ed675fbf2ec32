"""The flags of `ModelOptions`, wherever a command takes a model: plain data that knows nothing of command lines."""

from cyclopts import Parameter

from trialrun.cli.flags import model_flag
from trialrun.models.open import ModelOptions as ModelOptions

Parameter(name="*", name_transform=model_flag)(ModelOptions)
