"""The app: installs, use, loss, and what notifications bring. Devices are counted; where a person logs in, people.

Figures from the app's own events and figures of the stores never stand in one series: they count different things.
"""

from functools import partial

from cxkit.areas.app import installs
from cxkit.dataset.windows import MESSAGE_DAYS
from cxkit.metric import THINGS, Described, Metric

_EVENTS = ("events.event_at", "events.event_name", "events.visitor_id", "events.surface")
_PERSON = "coalesce(customer_id, visitor_id)"
_LOG = ("campaigns.channel", "message_events.event_type")

of_installs = partial(Metric, view="installs", time="installed_at", cluster="visitor_id", needs=_EVENTS)
of_sessions = partial(Metric, view="app_sessions", needs=_EVENTS, better="up")
of_pushes = partial(
    Metric, view="pushes", time="sent_at", cluster="recipient_id", recipe="clustered_ratio", unit="share", denominator="is_delivered", noun="delivered pushes", needs=_LOG
)  # fmt: skip

INSTALLS = of_installs(
    id="installs",
    title="Installs",
    numerator="not is_reinstall",
    denominator=None,
    recipe="count_rate",
    unit="count",
    better="up",
    definition="First opens of the app on a device that had not opened it before.",
    source="AppsFlyer, Firebase",
    differs="Stores count completed installations, also repeated ones and on further devices; Apple only those who agreed.",
)

REINSTALLS = of_installs(
    id="reinstalls",
    title="Re-installs",
    numerator="is_reinstall",
    denominator=None,
    recipe="count_rate",
    unit="count",
    definition="First opens on a device that had opened the app before.",
    source="own",
    differs="Known only as far as the device keeps its id.",
)

STORE_INSTALLS = Described(
    id="store_installs",
    title="Installs, as the stores count",
    function=installs.store_series("store_installs", is_stock=False),
    unit="count",
    better="up",
    counts=THINGS,
    definition="Installations of the period that the stores report, by platform.",
    source="App Store, Google Play",
    needs=("series.value",),
)

ACTIVE_INSTALLS = Described(
    id="active_installs",
    title="Active installs",
    function=installs.active_installs,
    unit="count",
    better="up",
    definition=f"Devices on which the app was used in the {installs.ACTIVE_DAYS} days up to the period's end and not removed since, by platform.",
    source="Google Play, App Store",
    needs=_EVENTS,
    differs="Google counts devices that have the app and were switched on; Apple sessions of 2 s or more.",
)

STORE_ACTIVE_DEVICES = Described(
    id="store_active_devices",
    title="Active devices, as the stores count",
    function=installs.store_series("store_active_devices", is_stock=True),
    unit="count",
    better="up",
    counts=THINGS,
    definition="The stores' last figure of the period, by platform.",
    source="App Store, Google Play",
    needs=("series.value",),
)

ACTIVE_INSTALL_RATIO = Described(
    id="active_install_ratio",
    title="Active-install ratio",
    function=installs.active_install_ratio,
    unit="share",
    better="up",
    definition=f"Devices active in the {installs.ACTIVE_DAYS} days up to the period's end ÷ devices that installed since the data begin, by platform.",
    source="own",
    needs=_EVENTS,
    differs="Falls as a product grows old, whatever its quality: compare cohorts by retention.",
)


def _retention(day: int, suffix: str = "") -> Metric:
    return of_installs(
        id=f"install_retention{suffix}",
        title=f"Used on day {day}",
        numerator=f"is_active_day_{day}",
        time=f"day_{day}_on",
        recipe="clustered_ratio",
        unit="share",
        better="up",
        definition=f"Installs whose day {day} fell in the period and on which the app was used that day ÷ installs whose day {day} fell in the period.",
        source="Amplitude (on day n)",
        differs="Some tools count day n or any later day; that figure rises as time goes by.",
    )


INSTALL_RETENTION = _retention(7)
INSTALL_RETENTION_D1 = _retention(1, "_d1")
INSTALL_RETENTION_D30 = _retention(30, "_d30")

UNINSTALL_RATE = of_installs(
    id="uninstall_rate",
    title="Uninstalled within 30 days",
    numerator="is_removed_in_30",
    time="day_30_on",
    recipe="clustered_ratio",
    unit="share",
    better="down",
    definition="Installs whose 30th day fell in the period and that were removed by then ÷ installs whose 30th day fell in the period.",
    source="AppsFlyer, cohort form",
    differs="Uninstalls ÷ installs of the same month mixes cohorts and falls when installs grow. Platforms that do not tell are left out.",
)

APP_ACTIVE_USERS = of_sessions(
    id="app_active_users",
    title="Active app users",
    numerator="true",
    denominator=None,
    cluster=_PERSON,
    per_cluster=True,
    recipe="count_rate",
    unit="count",
    definition="Distinct people with an app session in the period; somebody logged in on two devices counts once.",
    source="GA4",
)

SCREENS_PER_SESSION = of_sessions(
    id="screens_per_session",
    title="Screens per session",
    numerator="n_screens",
    cluster="visitor_id",
    recipe="clustered_ratio",
    unit="ratio",
    definition="Screen views ÷ app sessions; the same screen again within a second is one view.",
    source="own",
    needs=(*_EVENTS, "events.screen"),
)

APP_SESSIONS_PER_USER = of_sessions(
    id="app_sessions_per_user",
    title="Sessions per active device",
    numerator="count(*)",
    cluster="visitor_id",
    per_cluster=True,
    recipe="clustered_ratio",
    unit="ratio",
    definition="App sessions ÷ devices with a session in the period.",
    source="App Store",
    differs="Apple counts only sessions of 2 s or more.",
)

USER_LOSS_RATE = Described(
    id="user_loss_rate",
    title="User loss",
    function=installs.user_loss_rate,
    unit="share",
    better="down",
    definition=f"Devices that removed the app in the period, or had not used it for {installs.ACTIVE_DAYS} days by its end ÷ devices with the app at its start.",
    source="Google Play",
    needs=_EVENTS,
    differs="Google counts a user twice who is lost twice in the period.",
)

STORE_USER_LOSS = Described(
    id="store_user_loss",
    title="Users lost, as the stores count",
    function=installs.store_series("store_user_loss", is_stock=False),
    unit="count",
    better="down",
    counts=THINGS,
    definition="Losses of the period that the stores report, by platform.",
    source="Google Play",
    needs=("series.value",),
)

CAMPAIGN_RESPONSE_RATE = Metric(
    id="campaign_response_rate",
    title="Campaign response",
    view="deliveries",
    time="sent_at",
    cluster="recipient_id",
    window_days=MESSAGE_DAYS,
    recipe="clustered_ratio",
    unit="share",
    better="up",
    numerator="is_responded",
    denominator="is_delivered",
    definition=f"Recipients who clicked, tapped, answered or reached the goal within {MESSAGE_DAYS} days ÷ recipients reached, over all messages.",
    source="Braze",
    needs=_LOG,
    differs="Opens do not count: machines open. Handed to the gateway is not seen.",
)

PUSH_DIRECT_OPEN_RATE = of_pushes(
    id="push_direct_open_rate",
    title="Direct open rate",
    numerator="is_direct_opened",
    window_days=MESSAGE_DAYS,
    better="up",
    definition="Recipients who opened the app by tapping the notification ÷ delivered.",
    source="Braze",
    differs="Influenced opens stand beside it and are never added.",
)

PUSH_INFLUENCED_OPEN_RATE = of_pushes(
    id="push_influenced_open_rate",
    title="Influenced open rate",
    numerator="is_influenced_opened",
    window_days=MESSAGE_DAYS,
    better="up",
    definition="Recipients who opened the app after the notification without tapping it ÷ delivered.",
    source="Braze",
    differs="Some would have opened it anyway; the notification service decides what counts.",
)

PUSH_OPT_OUT_RATE = of_pushes(
    id="push_opt_out_rate",
    title="Notification opt-out rate",
    numerator="is_opted_out",
    window_days=1,
    better="down",
    definition="Recipients who switched notifications off within 24 hours ÷ delivered.",
    source="own",
)
