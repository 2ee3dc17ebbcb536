"""Names, places, goods and phrases of the demo firm's world. All invented; addresses end in ``.example``."""

from dataclasses import dataclass

COMPANY = "Roure i Fàbrega Automatització SL"
DOMAIN = "rourefabrega.example"

# town | postcode | region | country
PLACES = """
Vic|08500|Barcelona|ES
Manresa|08241|Barcelona|ES
Granollers|08402|Barcelona|ES
Igualada|08700|Barcelona|ES
Terrassa|08221|Barcelona|ES
Sant Boi de Llobregat|08830|Barcelona|ES
Girona|17003|Girona|ES
Olot|17800|Girona|ES
Figueres|17600|Girona|ES
Reus|43201|Tarragona|ES
Tortosa|43500|Tarragona|ES
Lleida|25001|Lleida|ES
Mollerussa|25230|Lleida|ES
Saragossa|50015|Aragó|ES
Castelló de la Plana|12006|Castelló|ES
Braga|4700-313|Braga|PT
Setúbal|2900-114|Setúbal|PT
Cluj-Napoca|400117|Cluj|RO
Timișoara|300222|Timiș|RO
Iași|700028|Iași|RO
Brașov|500152|Brașov|RO
Târgu Mureș|540139|Mureș|RO
Constanța|900178|Constanța|RO
Ploiești|100072|Prahova|RO
Bistrița|420087|Bistrița-Năsăud|RO
Bucharest|050711|București|RO
Leeds|LS10 1JF|West Yorkshire|GB
Felixstowe|IP11 3TG|Suffolk|GB
Doncaster|DN4 5PD|South Yorkshire|GB
Swansea|SA1 8QY|West Glamorgan|GB
Northampton|NN4 7EZ|Northamptonshire|GB
Aberdeen|AB12 3LE|Aberdeenshire|GB
Kings Lynn|PE30 4NG|Norfolk|GB
Bristol|BS11 8DF|Bristol|GB
"""

# name | town | industry | > parent (the name above it that owns it)
IBERIA = """
Conserves Cal Ferriol SA|Lleida|fmcg
Conserves Cal Ferriol, planta de Mollerussa|Mollerussa|fmcg|>Conserves Cal Ferriol SA
Conserves Cal Ferriol, magatzem d’Igualada|Igualada|logistics|>Conserves Cal Ferriol SA
Grup Alimentari Vallmajor SA|Vic|fmcg
Vallmajor Embotits SL|Vic|fmcg|>Grup Alimentari Vallmajor SA
Vallmajor Congelats SL|Granollers|fmcg|>Grup Alimentari Vallmajor SA
Vallmajor Logística del Fred SL|Sant Boi de Llobregat|logistics|>Grup Alimentari Vallmajor SA
Cooperativa Oleícola de les Garrigues i la Ribera d’Ebre SCCL|Lleida|agriculture
Ceràmiques Bisbal Nova SL|Girona|manufacturing
Paper i Cartró Montseny SA|Granollers|manufacturing
Laboratoris Sant Gervasi SA|Terrassa|pharma
Laboratoris Sant Gervasi, centre de distribució|Sant Boi de Llobregat|pharma|>Laboratoris Sant Gervasi SA
Distribucions Puigneró SL|Manresa|wholesale
Transports Coll de Nargó SL|Lleida|logistics
Transports Coll de Nargó, delegació de Reus|Reus|logistics|>Transports Coll de Nargó SL
Fruites Segrià Export SA|Mollerussa|agriculture
Caves Santa Llúcia de Mediona SA|Igualada|fmcg
Aigües de Sant Aniol SL|Olot|fmcg
Avellanes del Camp SCCL|Reus|agriculture
Arrossaires del Delta SCCL|Tortosa|agriculture
Tèxtil Anoia Fil i Agulla SL|Igualada|manufacturing
Ferreteria Industrial Camprodon SA|Girona|wholesale
Mobles Garrotxa SL|Olot|manufacturing
Formatges La Ginesta SL|Vic|fmcg
Gelats Mont-ral SA|Reus|fmcg
Recanvis Besòs SL|Granollers|automotive
Recanvis Besòs, magatzem central|Sant Boi de Llobregat|automotive|>Recanvis Besòs SL
Pinsos Lluçanès SA|Vic|agriculture
Cosmètica Natural Empordà SL|Figueres|retail
Llibres i Jocs Trapelleria SL|Terrassa|retail
Farmacèutics Units del Vallès SCCL|Terrassa|pharma
Vidre Reciclat Penedès SL|Igualada|manufacturing
Logística Mar Endins SA|Castelló de la Plana|logistics
Rajoles Plana Alta SA|Castelló de la Plana|construction
Tarongers de la Plana SCCL|Castelló de la Plana|agriculture
Almacenes Moncayo SA|Saragossa|wholesale
Almacenes Moncayo, plataforma Plaza|Saragossa|logistics|>Almacenes Moncayo SA
Harinas Ebro Alto SA|Saragossa|fmcg
Electrodomésticos Cierzo SL|Saragossa|retail
Azulejos Benlloch e Hijos SL|Castelló de la Plana|construction
Cortiça do Sado Lda|Setúbal|manufacturing
Conservas Rainha do Mar Lda|Setúbal|fmcg
Têxteis Bom Jesus Lda|Braga|manufacturing
Calçado Nova Bracara Lda|Braga|manufacturing
Ajuntament de Vilanova del Segre|Lleida|public
Hospital Comarcal de la Vall Alta|Olot|medical
Suministros Hosteleros Delta SL|Tortosa|wholesale
Bicicletes Canigó SL|Figueres|retail
Plàstics Tècnics Bages SA|Manresa|manufacturing
Envasos Sostenibles Ter SL|Girona|manufacturing
"""

ROMANIA = """
Carpatina Distribuție SRL|Cluj-Napoca|wholesale
Carpatina Distribuție, depozit Turda|Cluj-Napoca|logistics|>Carpatina Distribuție SRL
Carpatina Distribuție, depozit Bistrița|Bistrița|logistics|>Carpatina Distribuție SRL
Morăritul Ardealului SA|Târgu Mureș|fmcg
Lactate Valea Someșului SRL|Bistrița|fmcg
Țesătoria Bârsei SA|Brașov|manufacturing
Țesătoria Bârsei, secția Râșnov|Brașov|manufacturing|>Țesătoria Bârsei SA
Îmbutelierea Băilor Noi SA|Brașov|fmcg
Farmacom Transilvania SRL|Cluj-Napoca|pharma
Depozitele Frigorifice Dunărea SA|Constanța|logistics
Terminalul de Cereale Ovidiu SRL|Constanța|agriculture
Piese Auto Banatul SRL|Timișoara|automotive
Piese Auto Banatul, hub Arad|Timișoara|automotive|>Piese Auto Banatul SRL
Electronica Bega SA|Timișoara|technology
Uleiuri Câmpia Soarelui SRL|Ploiești|agriculture
Rafinăria de Zahăr Prahova SA|Ploiești|fmcg
Vinuri Dealul Cetății SRL|Iași|fmcg
Panificație Copou SRL|Iași|fmcg
Mobilă Bucovineană Șerban și Fiii SRL|Bistrița|manufacturing
Ambalaje Moldova de Sus SRL|Iași|manufacturing
Logistic Parc Chitila SRL|Bucharest|logistics
Editura Șapte Coline SRL|Iași|media
Rețeaua de Librării Călimara SRL|Bucharest|retail
Sănătatea Verde Plafar SRL|Brașov|pharma
Construct Mureș SA|Târgu Mureș|construction
Spitalul Județean Valea Albă|Bistrița|medical
Încălțăminte Someșana SRL|Cluj-Napoca|manufacturing
Curierat Rapid Pontic SRL|Constanța|logistics
Cafea Prăjită Lipscani SRL|Bucharest|fmcg
Sticla Făgărașului SA|Brașov|manufacturing
Grădina Bunicii Conserve SRL|Târgu Mureș|fmcg
Hârtia Prutului SRL|Iași|manufacturing
Magazinele Coșul Plin SRL|Bucharest|retail
Metalurgica Țara Hațegului SA|Timișoara|manufacturing
"""

BRITAIN = """
Thornbury & Hale Distribution plc|Northampton|logistics
Thornbury & Hale, Felixstowe hub|Felixstowe|logistics|>Thornbury & Hale Distribution plc
Thornbury & Hale, Doncaster hub|Doncaster|logistics|>Thornbury & Hale Distribution plc
Fenwater Cold Store Ltd|Kings Lynn|logistics
Aire Valley Bakeries Ltd|Leeds|fmcg
Aire Valley Bakeries, night depot|Leeds|fmcg|>Aire Valley Bakeries Ltd
Gower Seafoods Ltd|Swansea|fmcg
Granite Coast Offshore Supplies Ltd|Aberdeen|energy
Severnside Paper Mills Ltd|Bristol|manufacturing
Saddlers & Sons Leather Co. Ltd|Northampton|manufacturing
Pennine Pharma Wholesale Ltd|Leeds|pharma
Orwell Container Services Ltd|Felixstowe|logistics
Norfolk Grain Growers Ltd|Kings Lynn|agriculture
Don Valley Motor Factors Ltd|Doncaster|automotive
Brunel Home & Garden Ltd|Bristol|retail
Brunel Home & Garden, returns centre|Bristol|retail|>Brunel Home & Garden Ltd
Cairn Distillers & Bottlers Ltd|Aberdeen|fmcg
Mumbles Bay Interiors Ltd|Swansea|retail
Calder Print & Pack Ltd|Leeds|media
Wash & Fens Vegetable Growers Co-operative Ltd|Kings Lynn|agriculture
Quayside Medical Supplies Ltd|Bristol|medical
Nene Park Fulfilment Ltd|Northampton|logistics
Blackthorn Cider Company Ltd|Bristol|fmcg
Trelawney, Pascoe & Featherstonehaugh Instruments Ltd|Bristol|technology
South Yorkshire Steel Stockholders Ltd|Doncaster|manufacturing
Deeside Paper Straws Ltd|Aberdeen|manufacturing
Kingsmoor Trade Tiles Ltd|Leeds|construction
Llansamlet Castings Ltd|Swansea|manufacturing
Harwich Lane Books Ltd|Felixstowe|retail
East Anglian Hospitals Supply Trust|Kings Lynn|medical
Pallet Exchange Midlands Ltd|Northampton|logistics
Torridge Toys Ltd|Bristol|retail
Stonehaven Salmon Ltd|Aberdeen|fmcg
Wharfedale Wool Mills Ltd|Leeds|manufacturing
Redcliffe Roasters Ltd|Bristol|fmcg
Anglian Egg Packers Ltd|Kings Lynn|agriculture
"""

CATALAN_FIRST = (
    "Montserrat Jordi Anna Pau Mercè Oriol Núria Joan Gemma Arnau Roser Ferran Clàudia Lluís Neus Bernat Meritxell Quim "
    "Èlia Martí Rosa Ignasi Carme Àlex Eulàlia Xavier"
).split()
CATALAN_LAST = (
    "Puigcorbé Vilardaga Soldevila Casamitjana Ribera Masgrau Torrents Capdevila Güell Roca Planagumà Serrallonga Esteve "
    "Farré Bonastre Mir Claramunt Domènech Llobet Sunyer Pagès Rovira"
).split()
ROMANIAN_FIRST = (
    "Andreea Ștefan Mihaela Răzvan Ilinca Bogdan Cătălina Țvetan Oana Vlăduț Anca Horațiu Simona Dragoș Roxana Călin "
    "Ruxandra Ciprian Delia Sorin"
).split()
ROMANIAN_LAST = (
    "Brâncoveanu-Marinescu Țurlea Șerbănescu Ciobanu Vlădescu Mureșan Păunescu Câmpeanu Ștefănoiu Oprișan Bălan Iordăchescu "
    "Fărcaș Gheorghiță Moldovan Rusu Tănase Zărnescu"
).split()
BRITISH_FIRST = (
    "Oliver Priya Gareth Fiona Callum Harriet Dafydd Imogen Rashid Eilidh Thomas Beatrice Kwame Rosalind Hamish Yasmin Edwin "
    "Siân Marcus Philippa"
).split()
BRITISH_LAST = (
    "Whitcombe Okafor Llewellyn Abernathy Featherstone Macalister Patel Ainsworth Pemberton Rahman Tregenza Lockwood Sinclair "
    "Hargreave Ollerenshaw Blackwood Nicholls Dunmore"
).split()

# title | department | role in a purchase
JOBS = """
Operations director|Operations|decides
Head of logistics|Logistics|decides
Warehouse manager|Logistics|uses
Managing director|Management|decides
Plant manager|Production|influences
Maintenance lead|Production|technical
Head of purchasing|Purchasing|buys
Buyer|Purchasing|buys
Chief financial officer|Finance|pays
IT integration lead|IT|can_block
Continuous improvement engineer|Production|champion
Health and safety officer|Production|influences
Accounts payable|Finance|billing
"""


@dataclass(frozen=True, slots=True)
class Good:
    """An article of the catalogue, prices in euros."""

    sku: str
    name: str
    kind: str
    family: str
    unit: str
    price: int
    cost: int
    needs: str  # what a deal about it is called, after the customer


GOODS = (
    Good("SHU-200", "Pallet shuttle S200", "product", "hardware", "piece", 38_500, 24_300, "pallet shuttle"),
    Good("SHU-200F", "Pallet shuttle S200 Freezer", "product", "hardware", "piece", 46_900, 30_100, "freezer shuttle"),
    Good("CNV-ROLL", "Roller conveyor, driven", "product", "hardware", "metre", 1_180, 690, "roller conveyor"),
    Good("CNV-BELT", "Incline belt conveyor", "product", "hardware", "metre", 1_460, 880, "belt conveyor"),
    Good(
        "SRT-3K", "Shoe sorter 3,000 parcels an hour", "product", "hardware", "set", 164_000, 112_000, "parcel sorter"
    ),
    Good(
        "SRT-9K",
        "Shoe sorter 9,000 parcels an hour",
        "product",
        "hardware",
        "set",
        318_000,
        226_000,
        "high-speed sorter",
    ),
    Good("PAL-C4", "Palletising cell C4", "product", "hardware", "set", 128_000, 86_500, "palletising cell"),
    Good(
        "PAL-C8",
        "Palletising cell C8, two lines",
        "product",
        "hardware",
        "set",
        214_000,
        147_000,
        "two-line palletiser",
    ),
    Good("DEP-1", "Depalletiser with layer gripper", "product", "hardware", "set", 97_000, 66_000, "depalletiser"),
    Good("WRP-A", "Stretch wrapper, automatic", "product", "hardware", "piece", 42_300, 28_900, "wrapping line"),
    Good("CSE-E2", "Case erector E2", "product", "hardware", "piece", 57_800, 38_200, "case erector"),
    Good("CSE-S2", "Case sealer S2", "product", "hardware", "piece", 21_400, 13_600, "case sealer"),
    Good("LBL-PR", "Print-and-apply labeller", "product", "hardware", "piece", 18_900, 11_700, "labelling station"),
    Good("AMR-15", "Mobile robot A15, 1,500 kg", "product", "hardware", "piece", 61_200, 43_800, "mobile robots"),
    Good("VIS-Q", "Vision gate for damaged pallets", "product", "hardware", "set", 33_600, 20_400, "vision gate"),
    Good("PTL-64", "Pick-to-light, 64 places", "product", "hardware", "set", 26_700, 15_900, "pick-to-light"),
    Good("WCS", "Warehouse control software", "product", "software", "year", 24_000, 4_800, "control software"),
    Good("WCS-DB", "Line dashboard", "product", "subscription", "year", 6_600, 900, "line dashboard"),
    Good("RET-SEN", "Sensor retrofit kit", "product", "hardware", "set", 12_400, 7_100, "sensor retrofit"),
    Good(
        "MNT-STD",
        "Maintenance contract, standard",
        "service",
        "maintenance",
        "year",
        14_800,
        8_900,
        "maintenance contract",
    ),
    Good(
        "MNT-24",
        "Maintenance contract, 24 hours",
        "service",
        "maintenance",
        "year",
        31_500,
        19_700,
        "round-the-clock service",
    ),
    Good("STU-FLW", "Material flow study", "service", "consulting", "day", 1_150, 640, "material flow study"),
    Good("TRN-OP", "Operator training", "service", "training", "day", 980, 460, "operator training"),
    Good("MOV-LIN", "Line relocation", "service", "consulting", "day", 1_320, 870, "line relocation"),
    Good("SPR-KIT", "Spare parts kit", "product", "material", "set", 8_700, 5_200, "spare parts kit"),
)

OCCASIONS = (
    "{place} {need}", "{need}, {place}", "{need} for the new hall", "{need}, phase 2", "Replacement of the {need}",
    "{need} before the season", "{need} for the returns area", "{need} and training", "Night shift {need}",
)  # fmt: skip

NEXT_STEPS = {
    "new": ("Call to understand what they need", "Ask for the floor plan", "Agree a first visit", "Send our references"),
    "qualified": ("Visit the hall and measure", "Workshop with their maintenance", "Get throughput figures", "Meet the plant manager"),
    "proposal": ("Send the revised quote", "Walk them through the quote", "Answer the technical questions", "Confirm delivery time with production"),
    "negotiation": ("Settle payment terms", "Close the price question", "Contract comments back to their lawyer", "Meet finance"),
    "verbal_yes": ("Chase the signed order", "Order number from purchasing", "Prepare the kick-off"),
}  # fmt: skip

LOST_WORDS = {
    "price": "Eleven percent above the offer they took. The competitor left the software out.",
    "competitor": "They stay with the maker of their first line; one spare part stock was the argument.",
    "no_budget": "The board froze all investment until the next financial year.",
    "no_decision": "Nobody wanted to sign. We stop asking until they call.",
    "timing": "The new hall is a year late, so the line is too.",
    "feature": "They need trays under 150 mm and our shuttle starts at 200 mm.",
    "delivery": "We offered 22 weeks, they needed 14.",
    "unreachable": "Five calls and three mails without an answer.",
    "not_a_fit": "Forty pallets a day do not pay for automation.",
}

COMPETITION = ("Beltway Systems", "Nordlift", "Meccanica Adda", "Silesia Robotics")

NOTES = {
    "first": (
        "{first} called about {need}. They run {shifts} shifts and lose about {pct} % of their pallets to hand stacking.",
        "Met {first} at the fair in Barcelona. They want to see a {need} in operation before summer.",
        "First talk with {first}: the old line is from {year} and spare parts take weeks. Asked for the floor plan.",
        "{first} found us through {origin}. Budget not fixed yet, decision expected within two quarters.",
        "Short call. {first} wants a rough figure first, then a visit. Sent two references from the same industry.",
    ),
    "middle": (
        "Visited the hall with {first}. Ceiling at {height} m, columns every six metres: the {need} fits with one bend less than planned.",
        "Throughput figures came: {rate} cases an hour at the peak. The smaller version is enough if they level the night shift.",
        "Workshop with their maintenance. They insist on standard drives; our list price covers it.",
        "{first} asks for three-year maintenance in the same offer. Added it as an option, about {pct} % of the price.",
        "{rival} has been there too. Their offer leaves out the control software.",
        "Quote sent. {first} will show it to the board on the {day}th.",
        "Video call with IT: orders come by file from their ERP every ten minutes. No interface work on our side.",
        "They sent photos of the damaged pallets. The vision gate would pay for itself in {months} months.",
        "{first} is on leave until the {day}th. Deputy answers only technical questions.",
    ),
    "late": (
        "{first} wants 30/40/30 instead of 50/50. Agreed, provided the first part comes before we order steel.",
        "Finance asks for a bank guarantee on the down payment. Costs us about {pct} tenths of a percent.",
        "Their lawyer sent comments on liability. Two points are fine, one goes to our insurer.",
        "They accept the price if training is included. {trainings} days of training are in.",
        "{first}: “You have my word, purchasing needs the order number.”",
        "Delivery moved by two weeks because of their electrician. No effect on our price.",
    ),
    "won": (
        "Order is in. Kick-off with {first} in week {week}; project lead introduced.",
        "Signed. {first} said the references decided it, not the price.",
        "Contract countersigned, down payment announced for the {day}th.",
    ),
    "lost": (
        "{first} called to say no. Asked to stay in touch for the second hall.",
        "Debrief with {first}: we were late with the layout and expensive on steelwork.",
        "They decided for {rival}. Look again when their guarantee ends.",
    ),
    "service": (
        "Drive on conveyor 3 replaced, line stood for {minutes} minutes. {first} was calm about it.",
        "Yearly inspection done. Rollers at the merge are worn, offer a spare parts kit.",
        "Operators trained on the new panel: {trainings} people, two of them from the night shift.",
        "{first} reports sporadic stops at the labeller. Remote session: dirty sensor, cleaned.",
        "Acceptance run passed with {rate} cases an hour, one percent above what we promised.",
        "Software update on the sorter. Keep an eye on lane 7 this week.",
    ),
    "marketing": (
        "Agreed to be a reference. Film crew may come in the {season}, {first} wants to see the cut first.",
        "Sent the case study on palletising; {first} forwarded it to two colleagues.",
        "Invited to the open day in {season}. {first} comes with two people.",
        "Does not want the newsletter, only invitations to open days.",
    ),
    "catalan": (
        "Ha trucat {first}: el pressupost s’aprova el dia {day}. Demana que hi incloguem la formació.",
        "Visita a planta. La línia vella és de l’any {year}; el cap de manteniment vol veure una instal·lació en marxa.",
        "Reunió amb {first}. Els preocupa el termini, no el preu.",
    ),
    "romanian": (
        "Am vorbit cu {first}: așteaptă oferta revizuită până pe {day}. Prețul e în regulă, termenul nu.",
        "Vizită în depozit. Pardoseala trebuie șlefuită înainte de montaj; costul îl suportă ei.",
        "{first} cere garanție de trei ani. Am promis răspuns săptămâna aceasta.",
    ),
}
