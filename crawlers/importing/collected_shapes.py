"""The shapes of what public crawlers and the sites' own interfaces write, told apart by their keys.

A key is written as a path: `user.nickname` lies within `user`. Alternatives stand side by side,
the one that holds something first. Names that mean the same on every platform stand in FIELDS.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

Paths = tuple[str, ...]


def _paths(names: str) -> Paths:
    return tuple(names.split())


FIELDS: Mapping[str, Paths] = MappingProxyType(
    {
        "title": _paths("title display_title question.name question.title"),
        "text": _paths(
            "content_text longTextContent longText.longTextContent content.message content desc"
            " caption description text excerpt"
        ),
        "published_at": _paths(
            "full_created_at create_time created_time publish_time create_date_time created_at"
            " time timestamp pubdate ctime"
        ),
        "author": _paths(
            "nickname user_nickname user.nickname user.nick_name user.screen_name screen_name"
            " user_info.nickname author.nickname author.name authorName member.uname author"
        ),
        "author_id": _paths(
            "user_id user.user_id user.uid user.id user_info.user_id author.uid author.id"
            " authorId member.mid"
        ),
        "likes": _paths(
            "liked_count like_count comment_like_count digg_count statistics.digg_count"
            " interact_info.liked_count voteup_count likeCount likedCount attitudes_count like"
        ),
        "comments": _paths(
            "comment_count comments_count sub_comment_count reply_comment_total"
            " statistics.comment_count interact_info.comment_count commentCount subCommentCount"
            " child_comment_count video_comment review rcount total_number total_replay_num"
        ),
        "reposts": _paths(
            "share_count shared_count reposts_count statistics.share_count"
            " interact_info.share_count video_share_count"
        ),
        "region": _paths("ip_location ip_label region_name reply_control.location"),
        "reply_to": _paths("parent_comment_id reply_id parent"),
        "product_id": _paths(
            "referenceId productId skuid auctionNumId auction.aucNumId num_iid item_id"
        ),
        "product": _paths("referenceName skuName auction.title item_title"),
        "sku": _paths("auctionSku skuValueStr auction.sku productColor"),
        "reply": _paths("reply sellerReply"),
        "follow_up": (),
        "follow_up_at": (),
        "rating": (),
    }
)
"""Where each field may lie."""

WRAPPERS: Mapping[str, Paths] = MappingProxyType(
    {
        "note_card": ("id",),
        "aweme_info": (),
        "photo": ("author",),
        "object": (),
        "mblog": (),
        "commentInfo": (),
    }
)
"""Keys whose object is the post itself, and what it takes along from around it."""

REPLIES = _paths(
    "comments sub_comments reply_comment replies child_comments comment_list sub_comment_list"
)
"""Where comments lie within what they are about."""

_HEX_ID = re.compile(r"[0-9a-f]{24}")
_WEIBO_ID = re.compile(r"[0-9]{15,20}|[A-Za-z0-9]{9}")
_TIEBA_ID = re.compile(r"[0-9]{6,13}")
_BILIBILI_ID = re.compile(r"(?:av)?[0-9]{1,16}|BV[0-9A-Za-z]{8,20}")
_KUAISHOU_ID = re.compile(r"(?=.*[a-z])[0-9a-z_-]{6,40}")
_NUMBER = re.compile(r"[0-9]{1,20}")
_ANY = re.compile(r"\S{1,128}")


@dataclass(frozen=True, slots=True)
class Shape:
    """One shape of object. Of each group of `needs` one key must be there, of `never` none."""

    platform: str
    kind: str
    needs: tuple[Paths, ...]
    native_id: Paths
    form: re.Pattern[str] = _ANY
    """What the ids are like: of posts their own, of comments that of what they are about."""
    never: Paths = ()
    about: Paths = ()
    """Of a comment: the id of the post that it belongs to."""
    link: str = ""
    """With {id}: the post's own, or that of the post a comment belongs to."""
    fields: Mapping[str, Paths] = field(default_factory=dict)
    """Where it differs from FIELDS."""

    def paths(self, name: str) -> Paths:
        """Return where a field may lie in an object of this shape."""
        return self.fields.get(name, FIELDS[name])


def _needs(*groups: str) -> tuple[Paths, ...]:
    return tuple(map(_paths, groups))


_XHS = "https://www.xiaohongshu.com/explore/{id}"
_DOUYIN = "https://www.douyin.com/video/{id}"
_KUAISHOU = "https://www.kuaishou.com/short-video/{id}"
_BILIBILI = "https://www.bilibili.com/video/{id}"
_WEIBO = "https://m.weibo.cn/detail/{id}"
_TIEBA = "https://tieba.baidu.com/p/{id}"
_ZHIHU = "https://www.zhihu.com/answer/{id}"
_JD = "https://item.jd.com/{product_id}.html"
_COMMENT_ID = ("comment_id",)

SHAPES: tuple[Shape, ...] = (
    # Comments first: what belongs to a post carries the post's id too.
    Shape(
        *("douyin", "comment"),
        needs=_needs("comment_id cid", "aweme_id digg_count reply_comment_total", "content text"),
        native_id=_paths("comment_id cid"),
        about=("aweme_id",),
        link=_DOUYIN,
    ),
    Shape(
        *("zhihu", "comment"),
        needs=_needs("comment_id", "content_id", "content"),
        native_id=_COMMENT_ID,
        about=("content_id",),
        link=_ZHIHU,
    ),
    Shape(
        *("tieba", "comment"),
        needs=_needs("comment_id", "tieba_id tieba_name tieba_link", "content"),
        native_id=_COMMENT_ID,
        about=("note_id",),
        link=_TIEBA,
    ),
    Shape(
        *("bilibili", "comment"),
        needs=_needs("comment_id", "video_id", "content"),
        native_id=_COMMENT_ID,
        form=_BILIBILI_ID,
        about=("video_id",),
        link=_BILIBILI,
    ),
    Shape(
        *("kuaishou", "comment"),
        needs=_needs("comment_id", "video_id", "content"),
        native_id=_COMMENT_ID,
        form=_KUAISHOU_ID,
        about=("video_id",),
        link=_KUAISHOU,
    ),
    Shape(
        *("xiaohongshu", "comment"),
        needs=_needs("comment_id", "note_id", "content"),
        native_id=_COMMENT_ID,
        form=_HEX_ID,
        about=("note_id",),
        link=_XHS,
    ),
    Shape(
        *("weibo", "comment"),
        needs=_needs("comment_id", "note_id", "content"),
        native_id=_COMMENT_ID,
        form=_WEIBO_ID,
        about=("note_id",),
        link=_WEIBO,
    ),
    Shape(
        *("tieba", "comment"),
        needs=_needs("comment_id", "note_id", "content"),
        native_id=_COMMENT_ID,
        form=_TIEBA_ID,
        about=("note_id",),
        link=_TIEBA,
    ),
    Shape(
        *("bilibili", "comment"),
        needs=_needs("rpid", "content"),
        native_id=("rpid",),
        form=_BILIBILI_ID,
        about=("oid",),
        link=_BILIBILI,
        fields={"author_id": _paths("mid member.mid user_id")},
    ),
    Shape(
        *("kuaishou", "comment"),
        needs=_needs("commentId", "authorId authorName", "content", "timestamp"),
        native_id=("commentId",),
        about=("photoId",),
        link=_KUAISHOU,
    ),
    Shape(
        *("xiaohongshu", "comment"),
        needs=_needs("user_info.user_id user_info.nickname", "content", "id"),
        native_id=("id",),
        form=_HEX_ID,
        about=("note_id",),
        link=_XHS,
    ),
    Shape(
        *("zhihu", "comment"),
        needs=_needs(
            "author.name", "content", "id", "child_comment_count like_count", "created_time"
        ),
        never=("voteup_count",),
        native_id=("id",),
        form=_NUMBER,
    ),
    Shape(
        *("weibo", "comment"),
        needs=_needs("user.screen_name", "text", "id", "rootid like_count"),
        never=_paths("reposts_count attitudes_count"),
        native_id=("id",),
        form=_WEIBO_ID,
        link=_WEIBO,
    ),
    Shape(
        *("douyin", "social"),
        needs=_needs("aweme_id", "desc title"),
        native_id=("aweme_id",),
        link=_DOUYIN,
    ),
    Shape(
        *("tieba", "social"),
        needs=_needs("note_id", "tieba_id tieba_name tieba_link", "title desc"),
        native_id=("note_id",),
        link=_TIEBA,
    ),
    Shape(
        *("xiaohongshu", "social"),
        needs=_needs("note_id id", "liked_count interact_info", "title display_title desc"),
        native_id=_paths("note_id id"),
        form=_HEX_ID,
        link=_XHS,
    ),
    Shape(
        *("weibo", "social"),
        needs=_needs("note_id", "content", "comments_count shared_count"),
        native_id=("note_id",),
        form=_WEIBO_ID,
        link=_WEIBO,
    ),
    Shape(
        *("weibo", "social"),
        needs=_needs("mid bid mblogid", "text", "reposts_count attitudes_count"),
        native_id=_paths("mid idstr id bid mblogid"),
        form=_WEIBO_ID,
        link=_WEIBO,
    ),
    Shape(
        *("zhihu", "social"),
        needs=_needs("content_id", "content_type voteup_count content_text"),
        native_id=("content_id",),
        link=_ZHIHU,
    ),
    Shape(
        *("zhihu", "social"),
        needs=_needs("voteup_count", "id", "content excerpt"),
        native_id=("id",),
        form=_NUMBER,
        link=_ZHIHU,
    ),
    Shape(
        *("bilibili", "social"),
        needs=_needs("bvid aid", "title", "pubdate arcurl"),
        native_id=_paths("bvid aid"),
        link=_BILIBILI,
        fields={"author_id": ("mid",)},
    ),
    Shape(
        *("bilibili", "social"),
        needs=_needs("video_id", "title desc", "create_time"),
        native_id=_paths("bvid video_id"),
        form=_BILIBILI_ID,
        link=_BILIBILI,
    ),
    Shape(
        *("kuaishou", "social"),
        needs=_needs("video_id", "title desc", "create_time"),
        native_id=("video_id",),
        form=_KUAISHOU_ID,
        link=_KUAISHOU,
    ),
    Shape(
        *("kuaishou", "social"),
        needs=_needs("id", "caption", "timestamp", "likeCount commentCount viewCount"),
        native_id=("id",),
        link=_KUAISHOU,
    ),
    # What the shops' pages were fed with: reviews.
    Shape(
        *("jd", "review"),
        needs=_needs("id", "content", "creationTime", "referenceId"),
        native_id=("id",),
        link=_JD,
        fields={
            "published_at": ("creationTime",),
            "rating": ("score",),
            "likes": ("usefulVoteCount",),
            "comments": ("replyCount",),
            "region": ("userProvince",),
            "follow_up": _paths("afterUserComment.hAfterUserComment.content"),
            "follow_up_at": ("afterUserComment.created",),
        },
    ),
    Shape(
        *("jd", "review"),
        needs=_needs("commentId", "commentData tagCommentContent", "commentDate"),
        native_id=("commentId",),
        link=_JD,
        fields={
            "text": _paths("commentData tagCommentContent"),
            "published_at": ("commentDate",),
            "rating": ("commentScore",),
            "author": ("userNickName",),
        },
    ),
    Shape(
        *("jd", "review"),
        needs=_needs("commentId", "skuid", "content", "creationTime"),
        native_id=("commentId",),
        link=_JD,
        fields={
            "published_at": ("creationTime",),
            "rating": ("score",),
            "author": ("nickName",),
            "comments": ("replyCount",),
        },
    ),
    Shape(
        *("tmall", "review"),
        needs=_needs("id", "rateContent", "rateDate"),
        native_id=("id",),
        fields={
            "text": ("rateContent",),
            "published_at": ("rateDate",),
            "author": ("displayUserNick",),
            "follow_up": _paths("appendComment.content"),
            "follow_up_at": ("appendComment.commentTime",),
        },
    ),
    Shape(
        *("taobao", "review"),
        needs=_needs("rateId", "content", "date"),
        native_id=("rateId",),
        fields={
            "published_at": ("date",),
            "rating": ("rate",),
            "author": ("user.nick",),
            "follow_up": _paths("append.content append"),
        },
    ),
    Shape(
        *("taobao", "review"),
        needs=_needs("id", "feedback", "feedbackDate createTime"),
        native_id=("id",),
        fields={
            "text": ("feedback",),
            "published_at": _paths("feedbackDate createTime"),
            "rating": _paths("userStar rateType"),
            "author": ("reduceUserNick",),
        },
    ),
)
