"""Who speaks: words that give away somebody telling what befell them."""

import re

FIRST_PERSON = re.compile(
    "我(?:家|的|买|用|收|这|自己|亲|们家|妈|爸|老公|老婆|女儿|儿子|孩子|也|当时|都|在|昨|今|"
    "刚|才|就|去|把|被)|亲身|本人|刚买|(?:下单|拍)的(?!宝|朋友|亲|家人|都|用户|顾客|前|小)|收到|到手|到货|买的|用了"
)
