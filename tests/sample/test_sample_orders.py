"""The purchase process can be read back from the orders by maximum likelihood written out here."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import betaln, gammaln

END = np.datetime64("2026-11-01")


@pytest.fixture(scope="module")
def buyers(sample):
    """Frequency, recency and T in days, and mean value, after merging orders of the same day."""
    orders = sample.tables["orders"]
    kept = orders[orders["customer_id"].notna() & ~orders["status"].isin(["cancelled", "pending"])]
    day = kept["ordered_at"].dt.tz_convert("Europe/Warsaw").dt.tz_localize(None).values.astype("datetime64[D]")
    daily = kept.assign(day=day).groupby(["customer_id", "day"], as_index=False)["net_amount"].sum()
    out = daily.groupby("customer_id").agg(first=("day", "min"), last=("day", "max"), days=("day", "size"))
    out["x"] = out["days"] - 1
    out["recency"] = (out["last"] - out["first"]).dt.days
    out["T"] = (END - out["first"].values.astype("datetime64[D]")).astype(int)
    out["mean"] = daily.groupby("customer_id")["net_amount"].mean()
    return out


def fit(loss, start):
    """Maximum likelihood on the log scale, with standard errors from a Hessian by central differences."""
    best = minimize(loss, np.log(start), method="BFGS", options={"gtol": 1e-3}).x
    steps = 1e-3 * np.eye(len(best))
    bend = [
        [(loss(best + a + b) - loss(best + a - b) - loss(best - a + b) + loss(best - a - b)) / 4e-6 for a in steps]
        for b in steps
    ]
    return best, np.sqrt(np.diag(np.linalg.inv(bend)))


def test_purchase_process(buyers, planted):
    x, t, T = buyers["x"].to_numpy(), buyers["recency"].to_numpy(float), buyers["T"].to_numpy(float)

    def loss(theta):
        r, alpha, a, b = np.exp(theta)
        common = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
        stays = betaln(a, b + x) - betaln(a, b) - (r + x) * np.log(alpha + T)
        left = betaln(a + 1, b + np.maximum(x, 1) - 1) - betaln(a, b) - (r + x) * np.log(alpha + t)
        return -(common + np.where(x > 0, np.logaddexp(stays, left), stays)).sum()

    names = ["r", "alpha", "a", "b"]
    estimate, error = fit(loss, [1, 50, 1, 2])
    truth = np.log([planted(f"bg_nbd_{name}")[0]["value"] for name in names])
    # Days instead of moments and merged days bias the fit by a few per cent.
    assert (abs(estimate - truth) < 2.6 * error + 0.05).all(), dict(zip(names, np.exp(estimate), strict=True))
    assert len(buyers) > 1500 and (buyers["x"] > 0).sum() > 700


def test_order_values(buyers, planted):
    more = buyers[buyers["x"] > 0]
    n, m = more["days"].to_numpy(float), more["mean"].to_numpy()

    def loss(theta):
        p, q, g = np.exp(theta)
        value = gammaln(p * n + q) - gammaln(p * n) - gammaln(q) + q * np.log(g)
        return -(value + (p * n - 1) * np.log(m) + p * n * np.log(n) - (p * n + q) * np.log(g + n * m)).sum()

    estimate, error = fit(loss, [5, 4, 20])
    truth = np.log([planted(f"gamma_gamma_{name}")[0]["value"] for name in ["p", "q", "gamma"]])
    assert (abs(estimate - truth) < 2.6 * error + 0.03).all(), np.exp(estimate)
    p, q, g = np.exp(estimate)
    assert p * g / (q - 1) == pytest.approx(planted("gamma_gamma_mean")[0]["value"], rel=0.08)


def test_channels_and_refunds(sample, planted):
    orders = sample.tables["orders"]
    assert set(orders["sales_channel"]) == {"online", "store", "app"}
    local = orders["ordered_at"].dt.tz_convert("Europe/Warsaw")
    in_store = orders["sales_channel"] == "store"
    assert not (in_store & (local.dt.dayofweek == 6)).any()
    assert local[in_store].dt.hour.between(10, 19).all()
    standing = ~orders["status"].isin(["cancelled", "pending"])
    for status, metric in (("refunded", "full_refund_share"), ("partially_refunded", "partial_refund_share")):
        assert orders.loc[standing, "status"].eq(status).mean() == pytest.approx(planted(metric)[0]["value"], abs=0.01)
    refunded = orders["status"].isin(["refunded", "partially_refunded"])
    assert ((orders["refund_amount"] > 0) == refunded).all()
    assert (orders.loc[refunded, "refunded_at"] >= orders.loc[refunded, "ordered_at"]).all()
    assert orders["customer_id"].isna().mean() == pytest.approx(planted("guest_order_share")[0]["value"], abs=0.02)
