"""Short texts about tea, delivery, prices, the app and the staff, in English, Polish and German. Nobody is named in them.

A text is an opening, a remark on one theme in one mood, and sometimes a closing remark; every combination is good grammar.
"""

import numpy as np

THEMES = {"delivery": 26, "taste": 24, "price": 17, "app": 13, "staff": 12, "packaging": 8}
MOODS = ("positive", "neutral", "negative")

REMARKS: dict[str, dict[str, dict[str, list[str]]]] = {
    "en": {
        "delivery": {
            "positive": ["My parcel arrived a day early, great delivery.", "Fast delivery and the courier was lovely."],
            "neutral": ["The delivery took three days.", "The parcel came with the usual courier."],
            "negative": [
                "The delivery was terribly late again.",
                "My parcel got lost and nobody could find it, awful.",
            ],
        },
        "taste": {
            "positive": ["The sencha tastes wonderful, so fresh.", "I love the smoky flavour of this blend."],
            "neutral": ["The oolong tastes like most oolongs.", "I brewed the new blend for four minutes."],
            "negative": ["The earl grey tastes stale and bitter, disappointing.", "Bland flavour, I hate this blend."],
        },
        "price": {
            "positive": [
                "Great value, the price is fair and I am happy to pay it.",
                "The gift set is a wonderful bargain.",
            ],
            "neutral": [
                "The price of the matcha is the same as last month.",
                "They changed the price of the membership.",
            ],
            "negative": [
                "The price rise is outrageous, far too expensive.",
                "Horribly expensive for such a small tin.",
            ],
        },
        "app": {
            "positive": [
                "The app is a joy to use, the brew timer is brilliant.",
                "Ordering in the app is easy and quick.",
            ],
            "neutral": ["I updated the app on my phone.", "The app now has a brew timer."],
            "negative": ["The app crashes at the checkout, so annoying.", "I can not log in to the app, useless."],
        },
        "staff": {
            "positive": ["The staff in the shop were kind and helpful.", "Friendly advice at the counter, thank you."],
            "neutral": ["I asked the staff about brewing times.", "There were two people at the counter."],
            "negative": ["The staff were rude and ignored us.", "Nobody at the counter cared, bad service."],
        },
        "packaging": {
            "positive": ["Beautiful packaging, perfect as a gift.", "I love the tin, it keeps the tea fresh."],
            "neutral": ["The packaging is brown paper now.", "The tea comes in a tin."],
            "negative": ["The packaging was torn and the tea was ruined.", "So much plastic packaging, what a shame."],
        },
    },
    "pl": {
        "delivery": {
            "positive": ["Paczka przyszła dzień wcześniej, świetna dostawa.", "Szybka dostawa i miły kurier."],
            "neutral": ["Dostawa trwała trzy dni.", "Paczkę przywiózł kurier."],
            "negative": ["Dostawa znowu bardzo spóźniona.", "Paczka zaginęła i nikt nie wie gdzie jest."],
        },
        "taste": {
            "positive": ["Sencha smakuje wspaniale.", "Uwielbiam smak tej mieszanki."],
            "neutral": ["Smak jak każda inna herbata.", "Parzyłam nową mieszankę cztery minuty."],
            "negative": ["Herbata smakuje jak trawa, rozczarowanie.", "Gorzki smak, nie polecam."],
        },
        "price": {
            "positive": ["Uczciwa cena, warto.", "Świetna cena za taki zestaw."],
            "neutral": ["Cena matchy bez zmian.", "Zmienili cenę klubu."],
            "negative": ["Podwyżka ceny to skandal.", "Za drogo jak na małą puszkę."],
        },
        "app": {
            "positive": ["Aplikacja działa świetnie, minutnik jest super.", "Zamawianie w aplikacji jest proste."],
            "neutral": ["Aplikacja ma teraz minutnik.", "Zaktualizowałem aplikację."],
            "negative": ["Aplikacja zawiesza się przy płatności.", "Nie mogę się zalogować do aplikacji."],
        },
        "staff": {
            "positive": ["Obsługa w sklepie bardzo pomocna.", "Miła obsługa i dobra rada."],
            "neutral": ["Zapytałam obsługę o czas parzenia.", "W sklepie były dwie osoby z obsługi."],
            "negative": ["Niemiła obsługa, nikt nie pomógł.", "Obsługa nas zignorowała."],
        },
        "packaging": {
            "positive": ["Piękne opakowanie, idealne na prezent.", "Opakowanie trzyma świeżość."],
            "neutral": ["Opakowanie jest teraz z papieru.", "Herbata jest w puszce."],
            "negative": ["Opakowanie było rozdarte.", "Za dużo plastiku w opakowaniu."],
        },
    },
    "de": {
        "delivery": {
            "positive": ["Die Lieferung kam einen Tag früher, wunderbar.", "Schnelle Lieferung und netter Bote."],
            "neutral": ["Die Lieferung dauerte drei Tage.", "Das Paket kam mit dem Boten."],
            "negative": ["Die Lieferung war schon wieder zu spät.", "Mein Paket ist weg und niemand weiß wo."],
        },
        "taste": {
            "positive": ["Der Sencha schmeckt herrlich.", "Ich liebe den Geschmack dieser Mischung."],
            "neutral": [
                "Der Geschmack ist wie bei anderen auch.",
                "Ich habe die neue Mischung vier Minuten ziehen lassen.",
            ],
            "negative": ["Der Tee schmeckt fad, enttäuschend.", "Bitterer Geschmack, nie wieder."],
        },
        "price": {
            "positive": ["Fairer Preis, gerne wieder.", "Der Preis für das Set ist super."],
            "neutral": ["Der Preis für Matcha ist gleich geblieben.", "Der Preis für den Club ist neu."],
            "negative": ["Die Preiserhöhung ist eine Frechheit.", "Viel zu teuer für eine kleine Dose."],
        },
        "app": {
            "positive": ["Die App ist toll, die Uhr zum Ziehen ist klasse.", "Bestellen in der App geht leicht."],
            "neutral": ["Die App hat jetzt eine Uhr.", "Ich habe die App erneuert."],
            "negative": ["Die App stürzt beim Bezahlen ab.", "Ich komme nicht in die App, ärgerlich."],
        },
        "staff": {
            "positive": ["Das Personal im Laden war freundlich.", "Nette Beratung vom Personal, danke."],
            "neutral": ["Ich habe das Personal nach der Zeit gefragt.", "Im Laden war viel Personal."],
            "negative": ["Das Personal war unfreundlich.", "Das Personal hat uns ignoriert."],
        },
        "packaging": {
            "positive": ["Schöne Verpackung, ideal als Geschenk.", "Die Verpackung hält den Tee frisch."],
            "neutral": ["Die Verpackung ist jetzt aus Papier.", "Der Tee kommt in einer Dose."],
            "negative": ["Die Verpackung war zerrissen.", "Viel zu viel Plastik an der Verpackung."],
        },
    },
}
OPENINGS = {
    "en": [
        "",
        "",
        "So, my order from Larkmoor: ",
        "Update: ",
        "Tried Larkmoor again. ",
        "Honest opinion: ",
        "Just saying: ",
    ],
    "pl": ["", "", "Moje zamówienie: ", "Szczerze: ", "Znowu Larkmoor. ", "Krótko: "],
    "de": ["", "", "Meine Bestellung: ", "Ehrlich gesagt: ", "Wieder bei Larkmoor. ", "Kurz: "],
}
CLOSINGS = {
    "en": ["", "", "", " Anyone else?", " That is all.", " Second order this year."],
    "pl": ["", "", "", " Ktoś jeszcze?", " Tyle.", " Drugie zamówienie w tym roku."],
    "de": ["", "", "", " Noch jemand?", " Das war es.", " Zweite Bestellung in diesem Jahr."],
}


def write_texts(rng: np.random.Generator, language: np.ndarray, theme: np.ndarray, mood: np.ndarray) -> np.ndarray:
    """One text for each language (en, pl, de), theme and mood; other languages get none.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> write_texts(rng, np.array(["nl"]), np.array(["price"]), np.array(["neutral"]))[0] is None
    True
    """
    u = rng.random((3, len(language)))
    out = np.full(len(language), None, dtype=object)
    for i, (lang, about, how) in enumerate(zip(language, theme, mood, strict=True)):
        if lang in REMARKS:
            parts = (OPENINGS[lang], REMARKS[lang][about][how], CLOSINGS[lang])
            out[i] = "".join(choices[int(x * len(choices))] for choices, x in zip(parts, u[:, i], strict=True))
    return out
