"""Kalshi's taker fee, as core/domain/fees.ts charges it."""

import numpy as np

# Charges are rounded up to 0.0001 USD, a hundredth of a cent.
UNIT_CENTS = 0.01


def taker_fee(price):
    """Cents per contract at a price in cents: 7 % of P(1 - P), rounded up to 0.01 cents."""
    price = np.asarray(price, dtype=float)
    model = 7 * (price / 100) * (1 - price / 100)
    return np.ceil(np.round(model / UNIT_CENTS, 9)) * UNIT_CENTS
