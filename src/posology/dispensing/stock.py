"""Which product, and which of its sizes, the doses of an order are made of."""

from collections.abc import Mapping, Sequence

from posology.dispensing.rounding import Stocked
from posology.errors import CourseError
from posology.model import Circumstances, Drug, Finding, Market, Order, Place, Slot, Stock
from posology.quantity import Quantity


def must_know(product: str, drug: Drug, field: str) -> None:
    """Raise CourseError, which names the input, for a product that the drug does not have."""
    if product not in drug.products:
        message = f"{product} is no product of {drug.name}; products: {', '.join(drug.products)}"
        raise CourseError({field: message})


def stocks(
    order: Order, about: Circumstances, changed: Mapping[Slot, Stock | None]
) -> dict[Slot, Stocked] | Finding:
    """Find the product of each dose of an order; a change of the course may name another."""
    products: dict[Stock | None, Stocked] = {}
    for pick in dict.fromkeys(changed.values()):
        product = stock(order, about, pick)
        if isinstance(product, Finding):
            return product
        products[pick] = product
    return {slot: products[pick] for slot, pick in changed.items()}


def stock(order: Order, about: Circumstances, changed: Stock | None = None) -> Stocked | Finding:
    """Find the product for an order: the picked product, else the site's for this route.

    ``changed``: the product that a change of the course names in place of these.

    Raises CourseError if the picked product is not of this drug, or if several are in stock.
    """
    drug, offered = about.drug, about.drug.routes[order.route].products
    fitting = _of_its_salt(order, drug)
    picked = changed or about.course.products.get(drug.name)
    in_stock = _in_stock(about.site.products.get(drug.name, ()), fitting, drug)
    if picked is not None:
        field = "to" if changed else "products"
        must_know(picked.product, drug, field)
        if picked.product in fitting:
            matching = [each for each in in_stock if each.product == picked.product]
            sizes = picked.contents or (matching[0].contents if matching else ())
            return _stocked(drug, picked.product, sizes, field=field, market=about.site.market)
        routes = {each.route for each in about.regimen.orders if each.drug == drug.name}
        wrong = ""
        if picked.product in offered:
            stated, meant = drug.products[picked.product].salt, order.salt or "no salt"
            wrong = f"is stated as {stated}, the dose as {meant}; leave the product out"
        elif changed or not any(picked.product in drug.routes[each].products for each in routes):
            wrong = f"is not given {' and '.join(sorted(routes))}; products: {', '.join(fitting)}"
        if wrong:
            raise CourseError({field: f"{picked.product} {wrong}"})
    if len(in_stock) == 1:
        return _stocked(drug, in_stock[0].product, in_stock[0].contents, field="site",
                        market=about.site.market)  # fmt: skip
    place, known = Place.of("site", "products", drug.name), ", ".join(fitting)
    for each in about.site.products.get(drug.name, ()):
        if each.product not in drug.products:
            message = (
                f"{each.product} is no product of {drug.name} in the formulary; products: {known}"
            )
            return Finding("product-unknown", "stop", place, message, (each.product,))
    if in_stock:
        names = " or ".join(each.product for each in in_stock)
        raise CourseError({"products": f"{drug.name}: {names} are in stock; pick one"})
    salt = f", stated as {order.salt}" if order.salt else ""
    message = f"the site stocks no product of {drug.name}, {order.route}{salt}; products: {known}"
    return Finding("product-not-named", "stop", place, message, (order.route,))


def _of_its_salt(order: Order, drug: Drug) -> list[str]:
    """List the products of an order's route: of its salt, or none that restates another one."""
    found = []
    for name in drug.routes[order.route].products:
        product = drug.products.get(name)  # the check of the drug's file names what is missing
        restated = product is not None and product.same_as is not None
        of_salt = product is not None and product.salt == order.salt
        if of_salt if order.salt else not restated:
            found.append(name)
    return found


def _in_stock(stocked: Sequence[Stock], fitting: Sequence[str], drug: Drug) -> list[Stock]:
    """List what fits of what is in stock; what restates a product in stock is in stock too."""
    names = {each.product for each in stocked}
    restating = [
        Stock(name, ())
        for name in fitting
        if name in drug.products and drug.products[name].same_as in names - {name}
    ]
    return [each for each in stocked if each.product in fitting] + restating


def _stocked(
    drug: Drug, name: str, sizes: Sequence[Quantity], *, field: str, market: Market | None
) -> Stocked:
    must_know(name, drug, field)
    product = drug.products[name]
    for size in sizes:
        if size not in product.contents:
            listed = ", ".join(str(each) for each in product.contents)
            message = f"{product.name} has no {product.form} of {size}; sizes: {listed}"
            raise CourseError({field: message})
    sold = product.markets.get(market, product.contents) if market else product.contents
    for size in sizes:
        if size not in sold:
            listed = ", ".join(map(str, sold))
            message = (
                f"{product.name} of {size} is not sold in the market {market}; sizes: {listed}"
            )
            raise CourseError({field: message})
    held = [each for each in sold if not sizes or each in sizes]
    return Stocked(name, product, tuple(sorted(held)))
