"""What the console itself remembers: the keys to its API."""

from django.db import models


class ApiToken(models.Model):
    """A bearer token for the HTTP API. Only its hash is kept; the token is shown once."""

    name = models.CharField("名称", max_length=60, unique=True)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField("权限", default=list)
    created_at = models.DateTimeField("创建时间")
    last_used_at = models.DateTimeField("上次使用", null=True, blank=True)
    revoked_at = models.DateTimeField("停用时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "接口令牌"

    def __str__(self) -> str:
        return self.name
