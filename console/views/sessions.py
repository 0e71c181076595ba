"""Login, logout, and what a person may set for themselves."""

from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_cool_off, get_failure_limit
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from catalog.models import Person
from console.permissions import signed_in

WEEK = 7 * 24 * 3600
THEMES = frozenset({"", "light", "dark"})


class Login(LoginView):
    """The login page. A wrong password says how many tries are left."""

    template_name = "console/login.html"
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        self.request.session.set_expiry(WEEK if self.request.POST.get("keep") else 0)
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        username = self.request.POST.get("username", "")
        if not username or not self.request.POST.get("password"):
            error = "账号和密码都要填"
        else:
            error = f"账号或密码不对，还可以试 {_tries_left(self.request, username)} 次"
        return self.render_to_response(self.get_context_data(form=form, error=error), status=422)


def _tries_left(request: HttpRequest, username: str) -> int:
    credentials = {"username": username}
    failures = AxesProxyHandler.get_failures(request, credentials)
    return max(0, int(get_failure_limit(request, credentials)) - failures)


def locked_out(
    request: HttpRequest, response: HttpResponse | None = None, credentials: Any = None
) -> HttpResponse:
    """Answer a login that was tried too often; axes calls it."""
    wait = get_cool_off(request)
    minutes = int(wait.total_seconds()) // 60 if wait else 0
    error = f"试错太多，已暂停登录，{minutes} 分钟后再试" if minutes else "试错太多，找管理员解锁"
    return render(request, "console/login.html", {"error": error, "locked": True}, status=429)


@signed_in
def me(request: HttpRequest) -> HttpResponse:
    """Show who is logged in, and change their password."""
    form = PasswordChangeForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        form.save()
        update_session_auth_hash(request, form.user)
        messages.success(request, "密码已改，其他设备上的登录已失效")
        return redirect("me")
    context = {
        "section": "me",
        "form": form,
        "roles": request.user.groups.values_list("name", flat=True),
        "fields": [form["old_password"], form["new_password1"], form["new_password2"]],
    }
    return render(request, "console/me.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the look that a person chose, and go back to where they were."""
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        Person.objects.filter(pk=request.user.pk).update(theme=chosen)
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = "/me"
    return redirect(back)
