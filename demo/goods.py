"""The goods of the story: six articles of two invented brands."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Product:
    """One article for sale; prices in yuan."""

    key: str
    number: str
    brand: str
    name: str
    price: str
    listed: str
    colour: str
    words: str


PRODUCTS = [
    Product("K3", "100001", "星禾", "电热水壶 K3", "89.00", "119.00", "奶油白", "双层壶身，1.7 升"),
    Product("A5", "100002", "星禾", "空气炸锅 A5", "329.00", "459.00", "墨绿", "可视窗，5.5 升"),
    Product("P2", "100003", "星禾", "破壁机 P2", "399.00", "599.00", "深灰", "八叶刀，静音罩可选"),
    Product("H1", "100004", "星禾", "加湿器 H1", "159.00", "199.00", "雾蓝", "上加水，4 升"),
    Product("R2", "100005", "星禾", "电饭煲 R2", "199.00", "299.00", "米白", "3 升，柴火饭"),
    Product("T1", "200001", "杉泊", "电热水壶 T1", "69.00", "99.00", "白色", "单层壶身，1.5 升"),
]
BY_NUMBER = {product.number: product for product in PRODUCTS}
"""Products by the number that the shop gives them."""
