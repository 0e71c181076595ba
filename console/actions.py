"""What a person can do with an incident from its page: names, permissions, what a form asks for."""

from dataclasses import dataclass

from alerts.lifecycle import MOVES, NEEDS_REASON, Action, State
from alerts.models import Incident
from catalog.models import Person
from nlp.levels import Level

HANDLE = "alerts.handle_incident"


@dataclass(frozen=True)
class Button:
    """One action as a page offers it. `asks` means that a dialog comes first."""

    action: Action
    icon: str
    permission: str = HANDLE
    key: str = ""
    title: str = ""
    explain: str = ""
    label: str = ""
    placeholder: str = ""
    danger: bool = False
    asks: bool = True

    @property
    def name(self) -> str:
        return self.action.value

    @property
    def verb(self) -> str:
        return _VERBS.get(self.action, self.action.label)

    @property
    def reason_required(self) -> bool:
        return self.action in NEEDS_REASON


_VERBS = {Action.VERIFY: "验证", Action.REOPEN: "重开", Action.FALSE_ALARM: "误报"}

BUTTONS: dict[Action, Button] = {
    button.action: button
    for button in (
        Button(Action.ACKNOWLEDGE, "hand", key="a", asks=False),
        Button(Action.START, "right", asks=False),
        Button(
            Action.ASSIGN,
            "swap",
            key="e",
            title="转交事件",
            label="交接说明",
            placeholder="例如：两位用户已联系，均未受伤；样机今晚到",
        ),
        Button(
            Action.RESOLVE,
            "check",
            key="r",
            title="解决事件",
            explain="解决后进入待验证：看负面是否真的降下来，再关闭。",
            label="做了什么（必填）",
            placeholder="例如：已下架该批次，召回 212 台，联系 37 位用户并退款",
        ),
        Button(
            Action.VERIFY,
            "check",
            permission="alerts.verify_incident",
            title="验证并关闭",
            explain="对照下面的前后数据，负面确实降下来了再关闭。",
            label="验证说明",
            placeholder="例如：24 小时内没有新增同类投诉",
        ),
        Button(
            Action.REOPEN,
            "queue",
            title="重新打开",
            explain="响应与解决时限从现在重新计时。",
            label="为什么重开（必填）",
            placeholder="例如：又有三位用户反映同样的问题",
        ),
        Button(
            Action.LOWER,
            "down",
            permission="alerts.lower_level",
            title="改判级别",
            explain="只能改得更低；有新信号时，级别仍会自动升上来。",
            label="为什么改判（必填）",
            placeholder="例如：核实为个例，产品没有缺陷",
        ),
        Button(
            Action.FALSE_ALARM,
            "x",
            title="标为误报",
            explain="事件会直接关闭，记为误报。",
            label="为什么是误报（必填）",
            placeholder="例如：说的是别家的产品",
            danger=True,
        ),
    )
}

PRIMARY: dict[State, Action] = {
    State.OPEN: Action.ACKNOWLEDGE,
    State.ACKNOWLEDGED: Action.START,
    State.IN_PROGRESS: Action.RESOLVE,
    State.RESOLVED: Action.VERIFY,
    State.VERIFIED: Action.REOPEN,
}
"""What most often comes next in each state."""

BESIDE = Action.ASSIGN
"""The action that stands beside the primary one; the rest is under 更多."""


@dataclass(frozen=True)
class Offer:
    """The buttons of one page for one person."""

    primary: Button | None
    beside: Button | None
    more: list[Button]

    @property
    def dialogs(self) -> list[Button]:
        buttons = [self.primary, self.beside, *self.more]
        return [button for button in buttons if button and button.asks]


def offer(incident: Incident, person: Person) -> Offer:
    """Return what this person may do with the incident now."""
    state = State(incident.state)
    open_to = [
        button
        for action, button in BUTTONS.items()
        if (state, action) in MOVES
        and person.has_perm(button.permission)
        and (action is not Action.LOWER or lower_levels(incident))
    ]
    primary = next((b for b in open_to if b.action is PRIMARY[state]), None)
    beside = next((b for b in open_to if b.action is BESIDE), None)
    more = [button for button in open_to if button not in (primary, beside)]
    return Offer(primary, beside, more)


def lower_levels(incident: Incident) -> list[Level]:
    """Return the levels below the incident's, the highest first."""
    return [level for level in Level if level.rank < Level(incident.level).rank]
