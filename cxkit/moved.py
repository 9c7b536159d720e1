"""Where modules of 0.1 are now: a notebook that names an old path is told the new one in a sentence."""

from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

MOVED = {
    "cxkit.metrics.answers": "cxkit.areas.social.response_times",
    "cxkit.metrics.app": "cxkit.areas.app",
    "cxkit.metrics.audience": "cxkit.areas.social.followers",
    "cxkit.metrics.campaigns": "cxkit.areas.email.campaigns",
    "cxkit.metrics.churn": "cxkit.areas.churn.rates",
    "cxkit.metrics.cohorts": "cxkit.areas.churn.cohorts",
    "cxkit.metrics.completions": "cxkit.areas.usability.time_to_success",
    "cxkit.metrics.content": "cxkit.areas.social.content",
    "cxkit.metrics.contract_page": "cxkit.catalogue.contract_page",
    "cxkit.metrics.described": "cxkit.measurement.described",
    "cxkit.metrics.devices": "cxkit.areas.app.installs",
    "cxkit.metrics.email": "cxkit.areas.email",
    "cxkit.metrics.engagement": "cxkit.areas.engagement",
    "cxkit.metrics.engagement_level": "cxkit.areas.value.engagement_level",
    "cxkit.metrics.fitted": "cxkit.measurement.fitted",
    "cxkit.metrics.growth": "cxkit.areas.engagement.growth",
    "cxkit.metrics.habits": "cxkit.areas.engagement.frequency",
    "cxkit.metrics.journey": "cxkit.areas.journey",
    "cxkit.metrics.lapse": "cxkit.areas.churn.inactivity",
    "cxkit.metrics.member_figures": "cxkit.areas.churn.member_rates",
    "cxkit.metrics.membership": "cxkit.areas.churn",
    "cxkit.metrics.moods": "cxkit.areas.social.sentiment",
    "cxkit.metrics.orders": "cxkit.areas.value.orders",
    "cxkit.metrics.page": "cxkit.catalogue.page",
    "cxkit.metrics.pages": "cxkit.areas.engagement.pages",
    "cxkit.metrics.parts": "cxkit.measurement.parts",
    "cxkit.metrics.rfm": "cxkit.areas.value.rfm",
    "cxkit.metrics.scores": "cxkit.areas.engagement.engagement_score",
    "cxkit.metrics.social": "cxkit.areas.social",
    "cxkit.metrics.timeline": "cxkit.areas.email.timeline",
    "cxkit.metrics.topics": "cxkit.areas.social.themes",
    "cxkit.metrics.usability": "cxkit.areas.usability",
    "cxkit.metrics.value": "cxkit.areas.value",
    "cxkit.metrics.visits": "cxkit.areas.engagement.visits",
    "cxkit.metrics.voice": "cxkit.areas.social.share_of_voice",
    "cxkit.models.aft": "cxkit.models.survival.aft",
    "cxkit.models.bgnbd": "cxkit.models.purchase.bgnbd",
    "cxkit.models.choose": "cxkit.models.purchase.choose",
    "cxkit.models.churn_cells": "cxkit.areas.churn.spells",
    "cxkit.models.churn_figures": "cxkit.areas.churn.figures",
    "cxkit.models.churn_study": "cxkit.areas.churn.study",
    "cxkit.models.churn_words": "cxkit.areas.churn.captions",
    "cxkit.models.clv": "cxkit.models.purchase.clv",
    "cxkit.models.competing": "cxkit.models.survival.competing",
    "cxkit.models.concordance": "cxkit.models.survival.concordance",
    "cxkit.models.content": "cxkit.areas.social.content_model",
    "cxkit.models.contractual_value": "cxkit.areas.churn.contractual_value",
    "cxkit.models.cox": "cxkit.models.survival.cox",
    "cxkit.models.design": "cxkit.models.survival.design",
    "cxkit.models.gammagamma": "cxkit.models.purchase.gammagamma",
    "cxkit.models.hazard": "cxkit.models.survival.hazard",
    "cxkit.models.history": "cxkit.areas.value.purchase_history",
    "cxkit.models.hold_out_study": "cxkit.areas.value.hold_out_study",
    "cxkit.models.holdout": "cxkit.models.purchase.holdout",
    "cxkit.models.kaplan_meier": "cxkit.models.survival.kaplan_meier",
    "cxkit.models.logrank": "cxkit.models.survival.logrank",
    "cxkit.models.mean_risk": "cxkit.areas.churn.mean_risk",
    "cxkit.models.paretonbd": "cxkit.models.purchase.paretonbd",
    "cxkit.models.partial_likelihood": "cxkit.models.survival.partial_likelihood",
    "cxkit.models.predict": "cxkit.models.purchase.predict",
    "cxkit.models.proportional_hazards": "cxkit.models.survival.proportional_hazards",
    "cxkit.models.purchase_counts": "cxkit.models.purchase.purchase_counts",
    "cxkit.models.purchase_gaps": "cxkit.areas.value.purchase_gaps",
    "cxkit.models.risk": "cxkit.areas.churn.risk",
    "cxkit.models.sbg": "cxkit.models.survival.sbg",
    "cxkit.models.scores": "cxkit.commands.customer_scores",
    "cxkit.models.seasons": "cxkit.areas.engagement.seasons",
    "cxkit.models.study": "cxkit.areas.value.study",
    "cxkit.models.survival_cells": "cxkit.models.survival.survival_cells",
    "cxkit.models.survival_study": "cxkit.areas.churn.survival_study",
    "cxkit.models.usability_study": "cxkit.areas.usability.study",
    "cxkit.models.value_figures": "cxkit.areas.value.figures",
    "cxkit.models.value_intervals": "cxkit.models.purchase.value_intervals",
    "cxkit.report.app_pictures": "cxkit.areas.app.charts",
    "cxkit.report.email_pictures": "cxkit.areas.email.charts",
    "cxkit.report.engagement_pictures": "cxkit.areas.engagement.charts",
    "cxkit.report.pictures": "cxkit.report.notebook.charts",
    "cxkit.report.social_pictures": "cxkit.areas.social.charts",
}


class Moved(MetaPathFinder):
    """A finder, asked after all others, so that it hears of nothing that is there."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Refuse an old name with the new one; `cxkit.metrics` itself is let in, as only what is asked of it tells where to."""
        if name in MOVED:
            raise ImportError(sentence(name), name=name)
        return ModuleSpec(name, _Emptied(), is_package=True) if name == "cxkit.metrics" else None


class _Emptied(Loader):
    """A package of 0.1 that has no module left."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """A package that knows where its modules went."""
        return _Package(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing is left to run."""


class _Package(ModuleType):
    def __getattr__(self, name: str) -> object:
        if (full := f"{self.__name__}.{name}") in MOVED:
            raise ImportError(sentence(full), name=full)
        raise AttributeError(f"module {self.__name__!r} is gone since cxkit 0.2; see `cxkit.areas`")


def sentence(name: str) -> str:
    """What to write instead.

    Examples
    --------
    >>> sentence("cxkit.metrics.engagement")
    '`cxkit.metrics.engagement` is `cxkit.areas.engagement` since cxkit 0.2: write `from cxkit.areas import engagement`.'
    """
    package, _, module = MOVED[name].rpartition(".")
    return f"`{name}` is `{MOVED[name]}` since cxkit 0.2: write `from {package} import {module}`."
