"""Guessing what the columns of a file are: which field, how dates and numbers are written. They are shown."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.utils.translation import override

from tracte.engine.importing.children import children_of
from tracte.engine.importing.places import FULL_NAME, PERSON, has_person, others_of
from tracte.engine.importing.plan import writable_fields
from tracte.engine.importing.preparing import day_of
from tracte.engine.importing.reading import Cell
from tracte.engine.importing.report import LEAD
from tracte.engine.importing.transforms import plain
from tracte.kernel.actor import Actor
from tracte.kernel.fold import fold
from tracte.meta.kinds.base import Context, Kind
from tracte.meta.registry import EntitySpec, registry

SAMPLES = 200
NEAR = 0.82  # names this alike are taken for the same
LEAST = 0.45  # below this a guess is not offered
SURE = 0.85

# What other programs call our fields (Outlook, Google, Thunderbird, Salesforce, HubSpot, Zoho …), by our field's name.
OTHER_NAMES: Mapping[str, str] = {
    "name": "account name,company,companie,firmă,denumire,societate,denumire firmă,raison sociale,société,"
    "company name,organization,organisation,organization name,customer,client,empresa,"
    "raó social,razón social,firma,unternehmen,product,product name,deal name,opportunity name,"
    "potential name,subject",
    "first_name": "given name,forename,nom,nombre,prénom,prenume,vorname,nome",
    "full_name": "contact name,full name,display name,name,contact,contact person,person,nume complet,"
    "nume și prenume,"
    "nombre completo,nombre y apellidos,persona de contacto,persoană de contact,nom complet,nom et prénom,"
    "ansprechpartner,kontaktperson",
    "last_name": "surname,family name,cognome,nume de familie,"
    "cognoms,cognom,apellidos,apellido,nachname,nom de famille",
    "email": "e-mail,mail,e-mail address,email address,primary email,e-mail 1 value,work e-mail,business e-mail,"
    "email work,correu,correo,correo electrónico",
    "phone": "telephone,phone number,business phone,work phone,primary phone,main phone,phone 1 value,telèfon,"
    "teléfono,telefon",
    "mobile": "mobile phone,home mobile,mobil,telefon mobil,mobile number,cell,cell phone,mòbil,móvil,handy",
    "website": "web,url,website work,site,pagină web,homepage,web page,web page 1,lloc web,sitio web,webseite",
    "account": "account name,company,company name,companie,firmă,denumire firmă,société,organization,"
    "organization name,associated company,empresa,firma",
    "job_title": "title,contact title,funcție,funcția,puesto,fonction,organization 1 title,job,position,role,"
    "organization title,càrrec,cargo",
    "industry": "sector,branch,branche",
    "vat_number": "vat,vat no,vat id,tax id,nif,cif,cui,cod fiscal,vat reg no,ust-idnr,siret",
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
    "born": "birthday,data nașterii,birth date,date of birth,naixement,fecha de nacimiento,geburtstag",
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
    "street": "address,street,stradă,adresă,adresa,rue,business street,work address,billing street,"
    "mailing street,address 1 street,carrer,calle,straße",
    "postcode": "postal code,work zipcode,zipcode,cod poștal,code postal,address 1 postal code,zip,zip code,"
    "post code,business postal code,"
    "work zip,billing zip,codi postal,código postal,plz",
    "city": "city,town,oraș,localitate,ville,business city,work city,billing city,ciutat,població,ciudad,"
    "población,stadt,ort",
    "region": "state,județ,județul,address 1 region,region,province,business state,work state,billing state,"
    "província,provincia",
    "country": "country,țară,țara,pays,country region,business country region,work country,billing country,"
    "office location,país,land",
}
DATE_FORMATS = (
    "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%Y/%m/%d", "%Y%m%d", "%d/%m/%y", "%m/%d/%y",
    "%d %b, %Y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y",
)  # fmt: skip
TIMES = ("", " %H:%M:%S", " %H:%M", "T%H:%M:%S", "T%H:%M:%SZ", " %I:%M %p")
DECIMALS = ("1,234.56", "1.234,56", "1 234,56", "1'234.56")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+\Z").match
_PHONE = re.compile(r"[+(]?[0-9][0-9 ()./-]{6,20}\Z").match
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
    spec: EntitySpec,
    actor: Actor,
    context: Context,
    headers: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    *,
    quick: bool = False,
) -> list[Suggestion]:
    """A suggestion for each column, every field at most once, the surest first served.

    :param rows: sample rows, as many cells as headers. :param quick: by names as they stand, not by names alike.
    """
    candidates = _candidates(spec, actor)
    texts = [
        [text for row in rows[:SAMPLES] if (text := plain(row[at])) and text.strip()] for at in range(len(headers))
    ]
    scored: list[tuple[float, int, _Candidate]] = []
    added = len(LEAD) if tuple(headers[: len(LEAD)]) == LEAD else 0  # a report of problem rows, mended
    for at, header in list(enumerate(headers))[added:]:
        for candidate in candidates:
            score = _score(header, texts[at], candidate, quick)
            if score >= LEAST and (texts[at] or not rows):
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
    _one_name(taken)
    _further(spec, actor, headers, texts, taken, bool(rows))
    _of_others(spec, actor, context, headers, texts, taken)
    return [taken.get(at, Suggestion(name, samples=_few(texts[at]))) for at, name in enumerate(headers)]


def _one_name(taken: dict[int, Suggestion]) -> None:
    """A whole name beside first and last name says nothing new."""
    by_place = {one.to: at for at, one in taken.items()}
    if FULL_NAME in by_place and any(taken[by_place[name]].samples for name in PERSON if name in by_place):
        del taken[by_place[FULL_NAME]]
    elif FULL_NAME in by_place:
        for name in PERSON:
            taken.pop(by_place.get(name, -1), None)


def _further(
    spec: EntitySpec,
    actor: Actor,
    headers: Sequence[str],
    texts: Sequence[Sequence[str]],
    taken: dict[int, Suggestion],
    rows: bool,
) -> None:
    """Second e-mails, phones and web pages become records of their own."""
    known = {
        f"{child.spec.key}:{key}"
        for child in children_of(spec, actor).values()
        for key in getattr(child.spec.fields[child.sort], "own", None) or SORTS
    }
    for at, header in enumerate(headers):
        if at in taken or (rows and not texts[at]):
            continue
        sort = _sort_of(header, texts[at])
        to = next((one for one in sorted(known) if one.endswith(f":{sort}")), "") if sort else ""
        if to:
            taken[at] = Suggestion(header, to, 0.75, samples=_few(texts[at]))


SORTS = ("email_work", "email_private", "phone", "phone_private", "mobile", "fax", "messenger", "social", "website")
_ABOUT = re.compile(r"\b(type|label|rel|format|owner|opt|status|relation|name|display|pager|birth|date|id)\b")
_HOME = re.compile(r"\b(home|private|personal|privat|particular|personnel)\b")
_MAILED = re.compile(r"\b(e ?mail|mail|correo|correu|courriel)\b")
_FAXED = re.compile(r"\b(fax|homefax|workfax)\b")
_MOBILE = re.compile(r"\b(mobile|cell|mobil|móvil|movil|handy|car)\b")
_PHONED = re.compile(r"\b(phone|telephone|tel|telefon|telefono|telèfon|callback)\b")
_SITED = re.compile(r"\b(website|web|url|homepage|site)\b")
_CHAT = re.compile(r"\b(im|skype|jabber|messenger|whatsapp|telegram)\b")


def _sort_of(header: str, texts: Sequence[str]) -> str:
    """What sort of way to reach somebody a column holds; empty when none."""
    words = _words(header)
    if _ABOUT.search(words):
        return ""
    home = bool(_HOME.search(words))
    if (_MAILED.search(words) and (not texts or _share(texts, _MAIL) > 0.5)) or (texts and _share(texts, _MAIL) > 0.8):
        return "email_private" if home else "email_work"
    if _FAXED.search(words):
        return "fax"
    if _MOBILE.search(words):
        return "mobile"
    if _PHONED.search(words) or (texts and _share(texts, _PHONE) > 0.9 and not date_formats(texts)):
        return "phone_private" if home else "phone"
    if _SITED.search(words) and (not texts or _share(texts, _SITE) > 0.5):
        return "website"
    return "messenger" if _CHAT.search(words) and texts else ""


def _of_others(
    spec: EntitySpec,
    actor: Actor,
    context: Context,
    headers: Sequence[str],
    texts: Sequence[Sequence[str]],
    taken: dict[int, Suggestion],
) -> None:
    """Columns that say whose they are: ``contact_name`` beside the fields of an account."""
    for other in others_of(spec, actor).values():
        leads = {_words(other.spec.key), *(_words(label) for label in _said(other.spec.declaration.label))}
        leads |= {"company", "organization"} if other.before and other.spec.key == "account" else set()
        candidates = _candidates(other.spec, actor)
        used: set[str] = set()
        if other.before and not any(one.to == other.link for one in taken.values()):
            continue
        for at, header in enumerate(headers):
            lead, _space, rest = _words(header).partition(" ")
            if at in taken or lead not in leads or not rest or not texts[at]:
                continue
            scored = [(max(_score(rest, texts[at], one), _score(header, texts[at], one)), one) for one in candidates]
            score, best = max(scored, key=lambda one: one[0])
            if score >= SURE and best.to not in used and getattr(best.kind, "to", None) is None:
                used.add(best.to)
                found = _suggestion(header, best, score, texts[at], context)
                taken[at] = replace(found, to=f"{other.key}/{best.to}")


def _candidates(spec: EntitySpec, actor: Actor) -> list[_Candidate]:
    found: list[_Candidate] = []
    fields, names = writable_fields(spec, actor), _names(spec)
    if FULL_NAME in names:
        found.append(_Candidate(FULL_NAME, spec.fields[PERSON[1]], names[FULL_NAME]))
    for name, kind in fields.items():
        parts = kind.parts() if kind.key == "address" else {}
        found += [_Candidate(f"{name}.{part}", inner, names[f"{name}.{part}"]) for part, inner in parts.items()]
        if not parts:
            found.append(_Candidate(name, kind, names[name]))
    return found


@lru_cache(maxsize=64)
def _names(spec: EntitySpec) -> Mapping[str, frozenset[str]]:
    """What each place of an entity may be called, in every language."""
    found: dict[str, frozenset[str]] = {}
    if has_person(spec):
        found[FULL_NAME] = frozenset(_listed(OTHER_NAMES[FULL_NAME]) | {_words(spec.key)})
    for name, kind in spec.fields.items():
        if kind.key == "address":
            for part, inner in kind.parts().items():
                own = {_words(f"{label} {word}") for label in _labels(kind) for word in _labels(inner)}
                found[f"{name}.{part}"] = frozenset(own | _listed(PART_NAMES.get(part, "")))
        else:
            known = {_words(name), *map(_words, _labels(kind)), *_listed(OTHER_NAMES.get(name, ""))}
            known |= {_words(spec.key), _words(spec.plural)} if spec.title_fields == (name,) else set()
            found[name] = frozenset(known)
    return found


def _said(label: Any) -> set[str]:
    said = set()
    for language, _ in settings.LANGUAGES:
        with override(language):
            said.add(str(label))
    return said


def _labels(kind: Kind) -> set[str]:
    return _said(kind.label)


def _listed(names: str) -> set[str]:
    return {_words(name) for name in names.split(",") if name}


@lru_cache(maxsize=4_096)
def _words(text: str) -> str:
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return " ".join(re.findall(r"\w+", fold(text).replace("_", " ")))


def _score(header: str, texts: Sequence[str], candidate: _Candidate, quick: bool = False) -> float:
    """How much the header sounds like the field; when it says nothing, what the values look like."""
    words = _words(header)
    if words in candidate.names:
        return 1.0 if words == _words(candidate.to.partition(".")[0]) else 0.95
    best = 0.0 if quick else _nearest(words, candidate.names)
    if best >= NEAR:
        return best * 0.9
    if texts and candidate.kind.key == "email" and _share(texts, _MAIL) > 0.8:
        return 0.7
    if texts and candidate.to == "phone" and _share(texts, _PHONE) > 0.9 and not re.search(r"fax|mobil|cell", words):
        return 0.5
    sited = texts and candidate.kind.key == "url" and _share(texts, _SITE) > 0.8
    return 0.65 if sited and _SITED.search(words) else 0.0


def _nearest(words: str, names: Iterable[str]) -> float:
    """How near the nearest of some names is, 0 to 1; what is plainly far is not measured."""
    matcher, best = SequenceMatcher(None, b=words), 0.0
    for name in names:
        matcher.set_seq1(name)
        if matcher.real_quick_ratio() >= NEAR and matcher.quick_ratio() >= NEAR:
            best = max(best, matcher.ratio())
    return best


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
    least = 0.7 if kind.key in ("phone", "url") else 0.4  # a record can do without these
    sure = score * (least + (1 - least) * good)
    return Suggestion(header, candidate.to, sure, "", form, decimal, others, samples, len(faults))


# What files and columns are called that hold our entities.
CALLED: Mapping[str, Sequence[str]] = {
    "account": ("customers", "clients", "clienti", "clientes", "companies", "firms", "firme", "empresas"),
    "contact": ("people", "persons", "address book", "contacte", "contactos", "kontakte"),
    "lead": ("prospects", "prospectos"),
    "opportunity": ("deals", "potentials", "oportunidades"),
    "product": ("articles", "productos", "produse", "price list"),
}


def entity_for(
    specs: Sequence[EntitySpec],
    actor: Actor,
    context: Context,
    headers: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    filename: str = "",
) -> str:
    """The entity a file is most likely about: the one whose fields its columns fill best, by name before by value.

    The column that names the record counts most, and more the further to the left it stands. A person comes before
    a lead where nothing in the file speaks of selling.
    """
    best, best_score = specs[0].key, -1.0
    words = " ".join(map(_words, headers))
    for spec in specs:
        found = suggest(spec, actor, context, headers, rows, quick=True)
        own = [(at, one) for at, one in enumerate(found) if one.to and "/" not in one.to and ":" not in one.to]
        titles = {*spec.title_fields, FULL_NAME, *(PERSON if has_person(spec) else ())}
        named = [at for at, one in own if one.to in titles]
        score = sum(one.confidence for _at, one in own) + 0.25 * sum(1 for one in found if "/" in one.to)
        score += 3 - 2 * min(named) / len(headers) if named else 0
        if not named and not (has_person(spec) and any(one.to == "email" for _at, one in own)):
            continue
        called = rf"\b({'|'.join([_words(spec.key), _words(spec.plural), *CALLED.get(spec.key, ())])})\b"
        score += 0.75 * bool(re.search(called, words)) + 4 * bool(re.search(called, _words(filename)))
        if spec.declaration.area != "sell":
            score -= 2
        if score > best_score + 0.01:
            best, best_score = spec.key, score
    return best


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
    """Formats in which every value is a date,"
    " the likeliest first; several when day and month cannot be told apart."""
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
