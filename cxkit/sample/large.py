"""Large logs for timing: events, orders and customers made by the engine itself, up to a hundred million events.

Everything follows from a session's number and the seed through the engine's hash, so that any part can be made alone and the
whole never stands in memory. Rates are planted as in the small sample; the purchase process is not.
"""

from pathlib import Path
from typing import Any

from cxkit.engine.duckdb import Engine, literal
from cxkit.sample import company
from cxkit.sample.build import settings
from cxkit.sample.truth import count, each, level
from cxkit.sample.write import write_yaml

MOST_EVENTS = 100_000_000
SESSIONS_PER_FILE = 1_000_000
# Expected, from the shares below: one page in a bounce, two to six else, three more with an order.
EVENTS_PER_SESSION = 2.895
BOUNCE = {"desktop": 0.34, "mobile": 0.47, "tablet": 0.40}
DEVICES = {"desktop": 0.38, "mobile": 0.54, "tablet": 0.08}
PURCHASE = 0.08  # of the sessions that do not bounce

# Hashes are hashed once more: the engine joins the parts of a hash by exclusive or, which would tie the numbers together.
# One row a session. u(x) is a number from 0 to 1 of the session, v(x) of its visitor; half the visitors leave early more often.
SESSIONS = """
with numbers as (
    select range as s, abs(range // 2 - (hash(hash($seed, 'back', range)) % least(4000, $sessions // 50 + 1))::bigint) as visitor
    from range($first, $last)
),
drawn as (
    select
        s, visitor,
        'v-' || lpad(to_base(visitor, 16), 9, 'g')                                  as visitor_id,
        hash(hash($seed, 'kind', s)) / 18446744073709551616.0                             as u_kind,
        hash(hash($seed, 'buys', s)) / 18446744073709551616.0                             as u_buys,
        2 + (hash(hash($seed, 'pages', s)) % 5)::integer                                  as pages,
        hash(hash($seed, 'device', visitor)) / 18446744073709551616.0                     as v_device,
        (hash(hash($seed, 'ease', visitor)) % 2)::integer * 0.2 - 0.1                     as v_ease,
        (hash(hash($seed, 'time', s)) % 1000000)::bigint                                  as jitter
    from numbers
),
kinds as (
    select *,
        case when v_device < {desktop} then 'desktop' when v_device < {both} then 'mobile' else 'tablet' end as device_class
    from drawn
),
sessions as (
    select
        s, visitor, visitor_id, device_class, jitter,
        u_kind < v_ease + case device_class when 'desktop' then {b_desktop} when 'mobile' then {b_mobile} else {b_tablet} end
            as bounced,
        u_buys < {purchase} as buys, pages,
        ({start} + ({seconds} * s) // $sessions)::bigint * 1000000 + jitter as started_us
    from kinds
)
"""

EVENTS = """
select
    'e-' || s || '-' || step                                                        as event_id,
    make_timestamp_ms((started_us + step * 21000000 + jitter) // 1000)::timestamptz as event_at,
    case when bounced or step < pages then 'page_view'
         when step = pages then 'add_to_cart' when step = pages + 1 then 'begin_checkout' else 'purchase' end as event_name,
    'web' as surface, visitor_id,
    visitor_id || '.' || s                                                          as session_id,
    case when bounced or step < pages then '/tea/' || (hash(hash($seed, s, step)) % 40) end as page,
    case (visitor % 5) when 0 then 'direct' when 1 then 'paid_search' when 2 then 'email' else 'organic_search' end
        as channel_group,
    device_class,
    case when step > 0 then 4.0 + (hash(hash($seed, 'read', s, step)) % 160) / 10 end     as engagement_time_s,
    case when step = pages + 2 then {amount} end                                    as value_amount,
    case when step = pages + 2 then 'EUR' end                                       as currency,
    case when step = pages + 2 then 'o-' || s end                                   as order_id
from (
    select *, unnest(range(case when bounced then 1 when buys then pages + 3 else pages end)) as step from sessions
)
"""

ORDERS = """
select
    'o-' || s as order_id, replace(visitor_id, 'v-', 'c-') as customer_id,
    make_timestamp_ms((started_us + (pages + 2) * 21000000 + jitter) // 1000)::timestamptz as ordered_at,
    'completed' as status, {amount} as net_amount, 'EUR' as currency, 'online' as sales_channel
from sessions
where buys and not bounced
"""

CUSTOMERS = """
select
    customer_id, min(ordered_at) as first_seen_at, min(ordered_at) as acquired_at,
    case hash(hash($seed, customer_id)) % 4 when 0 then 'DE' when 1 then 'IE' else 'PL' end as country
from read_parquet({orders})
group by customer_id
order by customer_id
"""

AMOUNT = "(5 + 60 * pow((hash(hash($seed, 'amount', s)) % 100000) / 100000.0, 2))::decimal(18, 2)"


def write_large(folder: Path, seed: int, events: int) -> dict[str, int]:
    """Write about so many events, in files of a million sessions, with their orders and customers.

    Returns
    -------
    dict
        Rows by table.
    """
    sessions = max(int(events / EVENTS_PER_SESSION), 1)
    engine = Engine()
    for table in ("events", "orders"):
        (folder / table).mkdir(parents=True, exist_ok=True)
    for part, first in enumerate(range(0, sessions, SESSIONS_PER_FILE)):
        last = min(first + SESSIONS_PER_FILE, sessions)
        for table, select in (("events", EVENTS), ("orders", ORDERS)):
            sql = _filled(SESSIONS + select, seed=seed, first=first, last=last, sessions=sessions)
            _copy(engine, sql, folder / table / f"part-{part:03d}.parquet")
    orders = literal((folder / "orders" / "*.parquet").as_posix())
    _copy(engine, _filled(CUSTOMERS.replace("{orders}", orders), seed=seed), folder / "customers.parquet")
    rows = {name: _rows(engine, folder, name) for name in ("events", "orders", "customers")}
    write_yaml(settings(dict.fromkeys(rows, company.START)), folder / "dataset.yml")
    write_yaml(_truth(seed, rows), folder / "truth.yml")
    return rows


def _filled(sql: str, **numbers: int) -> str:
    for name, value in numbers.items():
        sql = sql.replace(f"${name}", str(value))
    constants: dict[str, Any] = {
        "desktop": DEVICES["desktop"],
        "both": DEVICES["desktop"] + DEVICES["mobile"],
        "purchase": PURCHASE,
        "amount": AMOUNT.replace("$seed", str(numbers["seed"])),
        "start": int(company.EXPORTED_AT.timestamp()) - 3 * 3600 - company.DAYS * 86_400 + 7_200,
        "seconds": company.DAYS * 86_400 - 14_400,  # a few hours short of the end, so that no session runs over it
        **{f"b_{device}": share for device, share in BOUNCE.items()},
    }
    for name, value in constants.items():
        sql = sql.replace("{" + name + "}", str(value))
    return sql


def _copy(engine: Engine, sql: str, path: Path) -> None:
    engine.query(f"copy ({sql}) to {literal(path.as_posix())} (format parquet, compression zstd, parquet_version v2)")


def _rows(engine: Engine, folder: Path, table: str) -> int:
    files = folder / f"{table}.parquet" if table == "customers" else folder / table / "*.parquet"
    return int(engine.row(f"select count(*) from read_parquet({literal(files.as_posix())})")[0])


def _truth(seed: int, rows: dict[str, int]) -> dict[str, Any]:
    bought = {device: round(PURCHASE * (1 - share), 4) for device, share in BOUNCE.items()}
    entries = each(level, "bounce_rate", BOUNCE, "device_class={}")
    entries += each(level, "session_conversion_rate", bought, "device_class={}")
    entries += [count(f"rows_{name}", n) for name, n in rows.items()]
    return {
        "company": company.NAME,
        "seed": seed,
        "size": "large",
        "covered": {"from": company.START},
        "planted": entries,
    }
