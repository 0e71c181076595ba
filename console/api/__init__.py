"""The HTTP API: `/api/v1`, bearer tokens with scopes, described at `/api/v1/docs`."""

from django.contrib.admin.views.decorators import staff_member_required
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI

from console.api import feedback, incidents, posts, subjects

api = NinjaAPI(
    title="Fenghuo 烽火",
    version="1",
    description="送入帖文，读取事件与指数。令牌由 `fenghuo token` 生成。",
    urls_namespace="api",
    docs_decorator=staff_member_required,
)
api.add_router("/posts", posts.router, tags=["帖文"])
api.add_router("/incidents", incidents.router, tags=["事件"])
api.add_router("/feedback", feedback.router, tags=["改判"])
api.add_router("/subjects", subjects.router, tags=["监测对象"])


@api.exception_handler(RequestDataTooBig)
def too_big(request: HttpRequest, exc: RequestDataTooBig) -> HttpResponse:
    return api.create_response(
        request, {"detail": "the body is too large; send fewer posts"}, status=413
    )
