"""The promises: what may be offered, what was agreed, what is due."""

from plans.models.draft import Draft
from plans.models.move import Move
from plans.models.offer import Offer
from plans.models.plan import Instalment, Plan
from plans.models.policy import PolicyVersion

__all__ = ["Draft", "Instalment", "Move", "Offer", "Plan", "PolicyVersion"]
