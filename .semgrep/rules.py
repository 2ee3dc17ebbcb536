# What each rule must find, and must leave alone.
# ruleid: sql-outside-its-room
cursor.execute("select 1")
# ruleid: sql-outside-its-room
Contact.objects.raw("select 1")
# ruleid: sql-outside-its-room
queryset.extra(where=["1=1"])
# ok: sql-outside-its-room
command.execute(*arguments, **options)
# ok: sql-outside-its-room
values.copy()
# ruleid: request-data-as-lookups
queryset.filter(**request.GET.dict())
# ruleid: request-data-as-lookups
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
