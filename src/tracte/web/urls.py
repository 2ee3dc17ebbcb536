"""Addresses of this face: fixed first words, then plurals of entities.

Plurals may not be reserved words, so the two never meet.
"""

from django.urls import URLPattern, URLResolver, path, re_path, register_converter

from tracte.web.addresses import RecordId
from tracte.web.views import (
    actions,
    board,
    bulk,
    bulkwork,
    cell,
    changes,
    drafts,
    export,
    exports,
    form,
    home,
    imports,
    masks,
    moving,
    pick,
    quick,
    record,
    roles,
    saved,
    search,
    settings,
    tree,
    valuelists,
)
from tracte.web.views import list as lists

register_converter(RecordId, "rid")

urlpatterns: list[URLPattern | URLResolver] = [
    # -- search and pickers
    path("search", search.search_page, name="search"),
    path("pick/<slug:entity>", pick.pick, name="pick"),
    # -- changes, settings, about, home
    path("", home.home_page, name="home"),
    path("settings/", settings.overview, name="settings"),
    path("settings/about/", settings.about, name="about"),
    path("settings/company/", settings.company, name="company"),
    path("settings/profile/", settings.profile, name="profile"),
    path("settings/preferences", settings.preferences, name="preferences"),
    path("settings/roles/", roles.role_list, name="roles"),
    path("settings/roles/<rid:record_id>/", roles.role_page, name="role"),
    path("settings/roles/<rid:record_id>/fields/", masks.mask_page, name="role-fields"),
    path("settings/lists/", valuelists.list_index, name="value-lists"),
    path("settings/lists/<slug:name>/", valuelists.list_page, name="value-list"),
    path("changes/", changes.change_list, name="changes"),
    path("changes/<int:set_id>/", changes.change_page, name="change"),
    path("changes/<int:set_id>/undo", changes.undo_set, name="undo"),
    re_path(r"^changes/(?P<set_id>[0-9]{1,18})/(?P<verdict>apply|reject)$", changes.decide, name="decide"),
    # -- imports and exports
    path("imports/", imports.start, name="imports"),
    path("imports/<int:set_id>/", imports.step, name="import"),
    path("imports/<int:set_id>/file", imports.file_step),
    path("imports/<int:set_id>/columns", imports.columns),
    path("imports/<int:set_id>/preview", imports.preview),
    path("imports/<int:set_id>/leave-out", imports.leave_out),
    path("imports/<int:set_id>/apply", imports.apply),
    path("imports/<int:set_id>/report", imports.report),
    path("imports/<int:set_id>/progress", imports.progress),
    path("imports/<int:set_id>/cancel", imports.cancel),
    path("imports/<int:set_id>/undo", imports.undo),
    path("imports/<int:set_id>/discard", imports.discard),
    path("imports/<int:set_id>/problems.csv", imports.problems),
    path("imports/<int:set_id>/scenario.toml", imports.scenario),
    path("exports/", exports.exports, name="exports"),
    path("exports/<slug:download_id>/file", exports.fetch),
    path("exports/<slug:download_id>/progress", exports.progress),
    # -- records: /{plural}/{id}/ …
    path("<slug:plural>/new/", form.new, name="new"),
    path("<slug:plural>/new/quick", quick.quick, name="quick"),
    path("<slug:plural>/new/alike", quick.alike),
    path("<slug:plural>/new/draft", drafts.draft),
    path("<slug:plural>/bin/", form.bin_page, name="bin"),
    path("<slug:plural>/bin/restore/", form.restore, name="restore"),
    path("<slug:plural>/<rid:record_id>/", record.record_page, name="record"),
    path("<slug:plural>/<rid:record_id>/edit/", form.edit, name="edit"),
    path("<slug:plural>/<rid:record_id>/edit/alike", quick.alike),
    path("<slug:plural>/<rid:record_id>/edit/draft", drafts.draft),
    path("<slug:plural>/<rid:record_id>/delete/", form.delete, name="delete"),
    path("<slug:plural>/<rid:record_id>/field/<slug:name>/", record.field, name="field"),
    path("<slug:plural>/<rid:record_id>/cell/<slug:name>/", cell.cell, name="cell"),
    path("<slug:plural>/<rid:record_id>/do/<slug:action>/", actions.do, name="do"),
    path("<slug:plural>/<rid:record_id>/move", moving.move, name="move"),
    path("<slug:plural>/<rid:record_id>/put-back/", record.put_back, name="put-back"),
    path("<slug:plural>/<rid:record_id>/talk/", record.talk, name="talk"),
    path("<slug:plural>/<rid:record_id>/timeline/", record.timeline_part, name="timeline"),
    path("<slug:plural>/<rid:record_id>/tree/", tree.tree_page, name="tree"),
    # -- lists and boards: /{plural}/ …
    path("<slug:plural>/", lists.list_page, name="list"),
    path("<slug:plural>/board", board.board_page, name="board"),
    path("<slug:plural>/export.csv", export.export_csv, name="export"),
    path("<slug:plural>/bulk", bulk.bulk, name="bulk"),
    path("<slug:plural>/bulk/<int:set_id>/", bulkwork.work, name="bulk-work"),
    path("<slug:plural>/bulk/<int:set_id>/progress", bulkwork.progress, name="bulk-progress"),
    path("<slug:plural>/bulk/<int:set_id>/cancel", bulkwork.cancel, name="bulk-cancel"),
    path("<slug:plural>/views/", saved.save, name="views"),
    path("<slug:plural>/views/first", saved.choose_first, name="first-view"),
    path("<slug:plural>/views/counts", saved.counts, name="view-counts"),
    path("<slug:plural>/views/<rid:view_id>/", saved.change, name="view"),
]
