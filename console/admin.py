"""Administration: editing whom we watch, sources, rules, manual and people."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from pydantic import ValidationError as SpecError
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from alerts.models import ChannelState, ManualEntry, Notification
from catalog.models import Person, Subject, Team
from config import clock
from console.models import ApiToken
from crawlers.models import CrawlRun, RejectedRecord, Source
from nlp.rules import RuleSet, RuleSpec
from opinion.models import Feedback, Rule

admin.site.site_header = admin.site.site_title = "烽火"
admin.site.index_title = "管理"
admin.site.unregister(Group)


def login(request: HttpRequest, extra_context: Any = None) -> HttpResponse:
    """Send a stranger to the console's own login; whoever is signed in may not come in here."""
    if request.user.is_authenticated:
        raise PermissionDenied
    return redirect_to_login(request.GET.get("next", "/admin/"))


admin.site.login = login


class ReadOnly(ModelAdmin):
    """Rows that only the machine writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Group)
class RoleAdmin(GroupAdmin, ModelAdmin):
    pass


@admin.register(Person)
class PersonAdmin(UserAdmin, ModelAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "name", "team", "wecom_userid", "is_active")
    list_filter = ("team", "groups", "is_active")
    search_fields = ("username", "name", "email", "wecom_userid")
    fieldsets: ClassVar = (
        (None, {"fields": ("username", "password")}),
        ("本人", {"fields": ("name", "email", "team", "wecom_userid", "theme")}),
        ("权限", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
    )
    add_fieldsets: ClassVar = (
        (None, {"fields": ("username", "name", "team", "password1", "password2")}),
    )


@admin.register(Team)
class TeamAdmin(ModelAdmin):
    list_display = ("name", "party", "duty", "robot")
    autocomplete_fields = ("duty",)


@admin.register(Subject)
class SubjectAdmin(ModelAdmin):
    list_display = ("name", "kind", "parent", "active", "watch_at", "normal_at", "severe_at")
    list_filter = ("kind", "active")
    search_fields = ("name", "slug")


@admin.register(Source)
class SourceAdmin(ModelAdmin):
    list_display = ("name", "platform", "spider", "enabled", "last_ok_at", "block_reason")
    list_filter = ("platform", "enabled", "block_reason")
    search_fields = ("name", "slug")
    readonly_fields = ("last_ok_at", "block_reason", "failures")


@admin.register(CrawlRun)
class CrawlRunAdmin(ReadOnly):
    list_display = ("source", "name", "started_at", "outcome", "accepted", "duplicates", "rejected")
    list_filter = ("outcome", "source")
    list_select_related = ("source",)


@admin.register(RejectedRecord)
class RejectedRecordAdmin(ReadOnly):
    list_display = ("at", "source", "reason")
    list_filter = ("source",)
    list_select_related = ("source",)


class RuleForm(forms.ModelForm):
    """A rule that the engine would refuse, or whose own examples fail, is not saved."""

    class Meta:
        model = Rule
        fields = ("slug", "category", "level", "enabled", "spec")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not {"slug", "category", "level", "spec"} <= cleaned.keys():
            return cleaned
        spec = cleaned["spec"]
        if not isinstance(spec, dict):
            self.add_error("spec", "应为“字段: 值”的一组（JSON 对象）")
            return cleaned
        columns = {
            "id": cleaned["slug"],
            "category": cleaned["category"],
            "level": cleaned["level"],
        }
        try:
            rule = RuleSpec.model_validate({**spec, **columns})
        except SpecError as exc:
            for error in exc.errors():
                where = ".".join(map(str, error["loc"]))
                self.add_error("spec", f"{where}：{error['msg']}")
            return cleaned
        for mistake in RuleSet([rule]).check():
            self.add_error("spec", mistake.message)
        return cleaned


@admin.register(Rule)
class RuleAdmin(SimpleHistoryAdmin, ModelAdmin):
    form = RuleForm
    list_display = ("slug", "category", "level", "enabled", "updated_at")
    list_filter = ("category", "level", "enabled")
    search_fields = ("slug", "spec")


@admin.register(Feedback)
class FeedbackAdmin(ReadOnly):
    """What people corrected; they do so at the posts of an incident."""

    list_display = ("at", "kind", "correct", "actor", "via")
    list_filter = ("kind", "actor")
    list_select_related = ("actor",)


@admin.register(ManualEntry)
class ManualEntryAdmin(SimpleHistoryAdmin, ModelAdmin):
    list_display = ("__str__", "owner", "response_minutes", "resolution_minutes")
    list_filter = ("level", "category")
    list_select_related = ("owner",)


@admin.register(Notification)
class NotificationAdmin(ReadOnly):
    list_display = ("created_at", "channel", "kind", "level", "state", "attempts", "error")
    list_filter = ("state", "channel", "level")


@admin.register(ChannelState)
class ChannelStateAdmin(ReadOnly):
    list_display = ("channel", "not_before", "disabled_reason", "disabled_at")


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnly):
    """Tokens are made by `fenghuo token`; here they are seen and stopped."""

    list_display = ("name", "scopes", "created_at", "last_used_at", "revoked_at")
    exclude = ("digest",)
    actions = ("revoke",)

    @admin.action(description="停用所选令牌", permissions=["revoke"])
    def revoke(self, request: HttpRequest, tokens: QuerySet[ApiToken]) -> None:
        tokens.filter(revoked_at=None).update(revoked_at=clock.now())

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("console.change_apitoken")
