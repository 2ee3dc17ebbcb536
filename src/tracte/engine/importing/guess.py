"""Guessing what the columns of a file are: which field, how dates and numbers are written. They are shown."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any

from django.conf import settings
from django.utils.translation import override

from tracte.engine.importing.plan import writable_fields
from tracte.engine.importing.preparing import day_of
from tracte.engine.importing.reading import Cell
from tracte.engine.importing.transforms import plain
from tracte.kernel.actor import Actor
from tracte.kernel.fold import fold
from tracte.meta.kinds.base import Context, Kind
from tracte.meta.registry import EntitySpec, registry

SAMPLES = 200
LEAST = 0.45  # below this a guess is not offered
SURE = 0.85

# What other programs call our fields (Outlook, Google, Thunderbird, Salesforce, HubSpot, Zoho …), by our field's name.
OTHER_NAMES: Mapping[str, str] = {
    "name": "account name,company,company name,organization,organisation,organization name,customer,client,empresa,"
    "raó social,razón social,firma,unternehmen,product,product name,deal name,opportunity name,potential name,subject",
    "first_name": "given name,forename,nom,nombre,prénom,vorname",
    "last_name": "contact name,full name,display name,name,surname,family name,"
    "cognoms,cognom,apellidos,apellido,nachname,nom de famille",
    "email": "e-mail,mail,e-mail address,email address,primary email,e-mail 1 value,correu,correo,correo electrónico",
    "phone": "telephone,phone number,business phone,work phone,primary phone,phone 1 value,telèfon,teléfono,telefon",
    "mobile": "mobile phone,mobile number,cell,cell phone,mòbil,móvil,handy",
    "website": "web,url,homepage,web page,web page 1,lloc web,sitio web,webseite",
    "account": "account name,company,company name,organization,organization name,associated company,empresa,firma",
    "job_title": "title,job,position,role,organization title,càrrec,cargo",
    "industry": "sector,branch,branche",
    "vat_number": "vat,vat no,vat id,tax id,nif,cif,cui,ust-idnr,siret",
    "employees": "number of employees,staff,headcount,treballadors,empleados,mitarbeiter",
    "turnover": "revenue,annual revenue,facturació,facturación,umsatz",
    "owner": "account owner,contact owner,deal owner,opportunity owner,"
    "potential owner,sales agent,responsible,assigned to",
    "amount": "value,deal value,close value,total,grand total,import,importe,betrag",
    "stage": "deal stage,status,phase,etapa",
    "closes_on": "close date,closing date,expected close date",
    "started_on": "engage date,start date",
    "price": "list price,sales price,unit price,preu,precio,preis",
    "sku": "product code,article,article number,reference,codi,código",
    "born": "birthday,birth date,date of birth,naixement,fecha de nacimiento,geburtstag",
    "description": "notes,note,comments,remarks,descripció,descripción,notizen",
    "tags": "labels,categories,etiquetes,etiquetas",
    "founded": "year established,year founded,established,founding year",
    "kind": "account type,type,relationship,company type,customer type",
    "family": "series,category,product line,product category",
    "origin": "lead source,source",
    "parent": "parent account,subsidiary of,parent company",
    "external": "id,record id,external id,account id,contact id,customer id,opportunity id",
}
PART_NAMES: Mapping[str, str] = {
    "street": "address,street,business street,work address,billing street,"
    "mailing street,address 1 street,carrer,calle,straße",
    "postcode": "postal code,zip,zip code,post code,business postal code,"
    "work zip,billing zip,codi postal,código postal,plz",
    "city": "city,town,business city,work city,billing city,ciutat,població,ciudad,población,stadt,ort",
    "region": "state,region,province,business state,work state,billing state,província,provincia",
    "country": "country,country region,business country region,work country,billing country,office location,país,land",
}
DATE_FORMATS = (
    "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y/%m/%d", "%Y%m%d", "%d/%m/%y", "%m/%d/%y",
    "%d %b, %Y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y",
)  # fmt: skip
TIMES = ("", " %H:%M:%S", " %H:%M", "T%H:%M:%S", "T%H:%M:%SZ", " %I:%M %p")
DECIMALS = ("1,234.56", "1.234,56", "1 234,56", "1'234.56")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+\Z").match
_SITE = re.compile(r"(https?://|www\.)\S+\Z", re.I).match


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What one column of the file might be.

    :param header: the column.
    :param to: field, ``address.part``, ``""`` for nothing; ``external`` for the record's id in the other system.
    :param confidence: 0 to 1; from :data:`SURE` on the wizard selects it without a question mark.
    :param lookup: ``entity.field`` when the field is a reference.
    :param format: how its dates are written. :param decimal: how its numbers are written, by example.
    :param others: further ways that are equally possible; the person must choose.
    :param samples: a few different values, to show.
    :param unread: how many of the looked-at values the field could not take.
    """

    header: str
    to: str = ""
    confidence: float = 0.0
    lookup: str = ""
    format: str = ""
    decimal: str = ""
    others: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()
    unread: int = 0


@dataclass(frozen=True, slots=True)
class _Candidate:
    to: str
    kind: Kind
    names: frozenset[str] = field(default_factory=frozenset)


def suggest(
    spec: EntitySpec, actor: Actor, context: Context, headers: Sequence[str], rows: Sequence[Sequence[Cell]]
) -> list[Suggestion]:
    """A suggestion for each column, every field at most once, the surest first served.

    :param rows: sample rows, as many cells as headers.
    """
    candidates = _candidates(spec, actor)
    texts = [
        [text for row in rows[:SAMPLES] if (text := plain(row[at])) and text.strip()] for at in range(len(headers))
    ]
    scored: list[tuple[float, int, _Candidate]] = []
    for at, header in enumerate(headers):
        for candidate in candidates:
            score = _score(header, texts[at], candidate)
            if score >= LEAST:
                scored.append((score, at, candidate))
    scored.sort(key=lambda one: (-one[0], one[1]))
    taken: dict[int, Suggestion] = {}
    used: set[str] = set()
    for score, at, candidate in scored:
        if at not in taken and candidate.to not in used:
            found = _suggestion(headers[at], candidate, score, texts[at], context)
            if found.confidence >= LEAST:
                taken[at] = found
                used.add(candidate.to)
    return [taken.get(at, Suggestion(name, samples=_few(texts[at]))) for at, name in enumerate(headers)]


def _candidates(spec: EntitySpec, actor: Actor) -> list[_Candidate]:
    found: list[_Candidate] = []
    for name, kind in writable_fields(spec, actor).items():
        if kind.key == "address":
            for part, inner in kind.parts().items():
                own = {_words(f"{label} {word}") for label in _labels(kind) for word in _labels(inner)}
                found.append(_Candidate(f"{name}.{part}", inner, frozenset(own | _listed(PART_NAMES.get(part, "")))))
        else:
            names = {_words(name), *map(_words, _labels(kind)), *_listed(OTHER_NAMES.get(name, ""))}
            if spec.title_fields == (name,):
                names |= {_words(spec.key), _words(spec.plural)}
            found.append(_Candidate(name, kind, frozenset(names)))
    return found


def _labels(kind: Kind) -> set[str]:
    labels = set()
    for language, _ in settings.LANGUAGES:
        with override(language):
            labels.add(str(kind.label))
    return labels


def _listed(names: str) -> set[str]:
    return {_words(name) for name in names.split(",") if name}


def _words(text: str) -> str:
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return " ".join(re.findall(r"\w+", fold(text).replace("_", " ")))


def _score(header: str, texts: Sequence[str], candidate: _Candidate) -> float:
    """How much the header sounds like the field; when it says nothing, what the values look like."""
    words = _words(header)
    if words in candidate.names:
        return 1.0 if words == _words(candidate.to.partition(".")[0]) else 0.95
    best = max((SequenceMatcher(None, words, name).ratio() for name in candidate.names), default=0.0)
    if best >= 0.82:
        return best * 0.9
    if texts and candidate.kind.key == "email" and _share(texts, _MAIL) > 0.8:
        return 0.7
    return 0.65 if texts and candidate.kind.key == "url" and _share(texts, _SITE) > 0.8 else 0.0


def _share(texts: Sequence[str], test: Any) -> float:
    return sum(1 for text in texts if test(text.strip())) / len(texts)


def _suggestion(header: str, candidate: _Candidate, score: float, texts: Sequence[str], context: Context) -> Suggestion:
    kind, samples = candidate.kind, _few(texts)
    to = getattr(kind, "to", None)
    if to is not None:
        return Suggestion(header, candidate.to, score, lookup=lookup_for(str(to), texts), samples=samples)
    formats: tuple[str, ...] = ()
    decimals: tuple[str, ...] = ()
    values: Sequence[str] = texts
    if kind.key in ("date", "datetime"):
        formats = date_formats(texts)
        values = [_iso(text, formats[0]) for text in texts] if formats else texts
        values = [str(day_of(value)) for value in values] if kind.key == "date" else values
    elif kind.numeric:
        decimals = decimal_examples(texts, whole=kind.key == "integer")
    _, faults = kind.parse_many(list(values), context) if not decimals else ([], {})
    good = 1 - len(faults) / len(texts) if texts else 1.0
    form, decimal = formats[0] if formats else "", decimals[0] if decimals else ""
    others = formats[1:] or decimals[1:]
    return Suggestion(header, candidate.to, score * (0.4 + 0.6 * good), "", form, decimal, others, samples, len(faults))


def lookup_for(entity: str, texts: Sequence[str]) -> str:
    """By what the records these texts name are found, as ``entity.field``: their e-mail or their title."""
    if entity not in registry():
        return ""
    spec = registry()[entity]
    if "email" in spec.fields and texts and _share(texts, _MAIL) > 0.8:
        return f"{entity}.email"
    return f"{entity}.{spec.title_fields[0] if len(spec.title_fields) == 1 else 'title'}"


def _few(texts: Iterable[str], count: int = 3) -> tuple[str, ...]:
    return tuple(text[:60] for text in list(dict.fromkeys(texts))[:count])


def _iso(text: str, form: str) -> str:
    try:
        return datetime.strptime(text.strip(), form).isoformat()  # noqa: DTZ007  only tried, not kept
    except ValueError:
        return text


def date_formats(texts: Sequence[str]) -> tuple[str, ...]:
    """Formats in which every value is a date, the likeliest first; several when day and month cannot be told apart."""
    listed = list(dict.fromkeys(text.strip() for text in texts))[:SAMPLES]
    if not listed:
        return ()
    return tuple(form + time for form in DATE_FORMATS for time in TIMES if _reads(listed, form + time))


def _reads(texts: Sequence[str], form: str) -> bool:
    try:
        for text in texts:
            datetime.strptime(text, form)  # noqa: DTZ007  only tried, not kept
    except ValueError:
        return False
    return True


def decimal_examples(texts: Sequence[str], *, whole: bool) -> tuple[str, ...]:
    """How numbers are written, by example, the likeliest first; empty when they are plain or cannot be told.

    ``1.250`` is a thousand and more where whole numbers are due; elsewhere it may be either, and the person chooses.
    """
    numbers = [found[0] for text in texts if (found := re.search(r"[0-9][0-9.,'’ \u00a0]*[0-9]|[0-9]", text))]
    marked = [number for number in numbers if re.search(r"[.,'’ \u00a0]", number)]
    if not marked:
        return ()
    fitting = tuple(example for example in DECIMALS if all(_fits(number, example) for number in numbers))
    if all(re.fullmatch(r"\d{1,3}(\.\d{3})+", number) for number in marked):
        return ("1.234,56",) if whole else ("1.234,56", "1,234.56")
    if all(re.fullmatch(r"\d{1,3}(,\d{3})+", number) for number in marked):
        return ("1,234.56",) if whole else ("1,234.56", "1.234,56")
    return () if all(re.fullmatch(r"\d+\.\d+", number) for number in marked) else fitting[:1]


def _fits(number: str, example: str) -> bool:
    group, mark = example[1], example[5]
    group = " \u00a0\u202f" if group == " " else "'’" if group == "'" else group
    return bool(re.fullmatch(rf"(\d{{1,3}}([{group}]\d{{3}})+|\d+)({re.escape(mark)}\d+)?", number))
