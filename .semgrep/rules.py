# What each rule must find, and must leave alone.
# ruleid: sql-outside-its-room
cursor.execute("select 1")
# ruleid: sql-outside-its-room, rows-past-the-rights
Contact.objects.raw("select 1")
# ruleid: sql-outside-its-room
queryset.extra(where=["1=1"])
# ok: sql-outside-its-room
command.execute(*arguments, **options)
# ok: sql-outside-its-room
values.copy()
# ruleid: request-data-as-lookups, names-from-a-dictionary
queryset.filter(**request.GET.dict())
# ruleid: request-data-as-lookups, order-from-a-variable
queryset.order_by(request.GET.get("sort"))
# ok: request-data-as-lookups
queryset.filter(owner=request.user)
# ruleid: code-from-data
pickle.loads(body)
# ruleid: code-from-data
eval(text)
# ok: code-from-data
json.loads(body)
# ruleid: markup-marked-safe
mark_safe(text)
# ok: markup-marked-safe
format_html("<b>{}</b>", text)
# ruleid: request-host-in-a-link
request.META["HTTP_HOST"]
# ruleid: csrf-off
view = csrf_exempt(view)
# ruleid: call-past-the-guard
urllib.request.urlopen(url)
# ruleid: call-past-the-guard
httpx.get(url)
# ruleid: call-past-the-guard
imaplib.IMAP4_SSL(host)
# ok: call-past-the-guard
outgoing.fetch(url)
# ruleid: names-from-a-dictionary
queryset.filter(**wanted)
# ruleid: names-from-a-dictionary
queryset.annotate(**{name: Count("pk")})
# ruleid: names-from-a-dictionary
Q(**{f"{name}__in": values})
# ruleid: names-from-a-dictionary, rows-past-the-rights
Contact.objects.create(**values)
# ok: names-from-a-dictionary
queryset.filter(owner=owner)
# ok: names-from-a-dictionary
Choices(**given)
# ruleid: order-from-a-variable
queryset.order_by(sort)
# ruleid: order-from-a-variable
queryset.order_by(*sorts)
# ok: order-from-a-variable
queryset.order_by("-id")
# ok: order-from-a-variable
queryset.order_by()
# ruleid: rows-past-the-rights
rows = Contact.objects.filter(pk=1)
# ruleid: rows-past-the-rights
rows = spec.model._default_manager.all()
# ruleid: rows-past-the-rights
rows = query.system_rows("contact")
# ok: rows-past-the-rights
sets = ChangeSet.objects.filter(pk=1)
# ok: rows-past-the-rights
rows = query.rows("contact", actor)
# ruleid: code-from-data
joblib.load(path)
# ruleid: entities-from-a-document
xml.etree.ElementTree.parse(path)
# ok: entities-from-a-document
expat.ParserCreate()
# ruleid: archive-unpacked-whole
archive.extractall(folder)
# ok: archive-unpacked-whole
archive.extractfile(member)
