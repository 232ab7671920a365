"""Promotion: sentences that sell or give a contact. They stay in the article and are found, and are never used as advice."""

from __future__ import annotations

import re

_PLACE = r"(?:clinic|practice|studio|surgery|reception|office|gym|shop|store|front desk)"
_PEOPLE = (
    r"(?:team|specialists?|surgeons?|consultants?|experts?|coach(?:es)?|physio(?:s|therapists?)?|physical therapists?|osteopaths?|chiropractors?|podiatrists?"
    r"|therapists?|trainers?|clinicians?|doctors?)"
)
_VISIT = r"(?:appointments?|assessments?|consultations?|sessions?|visits?|calls?|slots?|screenings?|evaluations?|gait analysis|classes|class|places?|treatments?|analysis)"
# A visit to one's own doctor is advice.
_NOT_OWN = r"(?!.{0,40}\b(?:gp|doctor|nurse|hospital|pharmacist|a&e|emergency|midwife|dentist)\b)"
_PATTERNS = (
    # Contacts.
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    r"\b(?:www\.|https?://)\S+\.\S+.{0,20}$",
    r"(?<![\w.,/–-])(?:\+\d{1,3}[ .-]?)?(?:\(0?\d{1,4}\)[ .-]?|\d{2,5}[ .-]){1,3}\d{3,4}(?: ?\d{2,4})?(?![\w/–%-]|[.,]\d| ?(?:m|km|miles?|kcal|calories|steps|runners|people|kg)\b)(?<=\d[\d ().+-]{6}\d)",
    rf"\b(?:call|phone|ring|text|e-?mail|contact|message|whatsapp|dm|visit) (?:us|me|our (?!gp)|the {_PLACE})\b",
    r"\b(?:tel|telephone|phone|mobile|fax|e-?mail)(?: no\.?| number)?: ?[\d+(]",
    r"\b\d{1,4}[a-z]? (?:[A-Z][\w’']+ ){1,3}(?-i:Street|St\.?|Road|Rd\.?|Avenue|Ave\.?|Lane|Ln|Drive|Place|Square|Crescent|Terrace|Boulevard|Blvd|Parade|Highway|Hwy)(?:\W|$)",
    r"(?-i:\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b)|(?-i:, [A-Z]{2,3} \d{4,5}\b)",
    r"\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?s?\b.{0,40}\b\d{1,2}(?:[:.]\d\d)? ?(?:am|pm)? ?(?:-|–|to|until) ?\d{1,2}(?:[:.]\d\d)? ?(?:am|pm|\b)(?<=[mM\d])(?=.{0,3}(?:$|[,;.|)]))",
    r"\b(?:opening|business|clinic|office) hours\b|\bopen (?:daily|7 days|seven days|late|on (?:saturdays|weekends)|(?:mon|tues|wednes|thurs|fri|satur|sun)days?)\b",
    r"\b(?:parking is|free parking|wheelchair access|nearest (?:station|tube|bus))\b",
    rf"\b(?:located|based|conveniently situated) (?:in|at|near|on) (?-i:(?:the )?[A-Z\d])|\b(?:find|visit|see|join) us (?:at|in|on)\b|\bserving (?:\w+ ){{1,3}}(?:in|across|throughout)\b",
    # Prices.
    r"[£$€] ?\d|\b\d+(?:[.,]\d\d)? ?(?:gbp|usd|aud|cad|nzd|eur|euros?|dollars)\b",
    r"\b\d+ ?% off\b|\b(?:discounts?|promo code|voucher|coupon|special offer|limited[ -]time|gift card|buy now|shop now|order now|add to (?:cart|basket)|free (?:shipping|delivery)|money[ -]back|in stock|best[ -]seller)\b",
    r"\b(?:price list|our (?:prices|fees|rates)|pay as you go|health funds? (?:rebate|accepted)|we accept|insurance (?:accepted|providers))\b",
    # Sales.
    rf"\b(?:book|schedule|arrange|reserve|request) (?:now|online|here|today|in|your|yours|an?|a free|with|through)\b(?: \w+){{0,5}}? ?(?:{_VISIT}|with us|now|online|today|here|with (?:our|one of our|a member)|spot)\b{_NOT_OWN}",
    rf"^(?:book|schedule|arrange|reserve|request)\b.{{0,60}}\b{_VISIT}\b{_NOT_OWN}",
    rf"\bbooking (?:an?|your) (?:\w+ ){{0,3}}{_VISIT}\b.{{0,60}}\b(?:with (?:us|our|a|an)|in|at) (?-i:[A-Z]|[\w -]*\bin [A-Z]|us|our)",
    rf"\bbooking an? {_VISIT}\b.{{0,40}}\btreatment in (?-i:[A-Z])",
    r"\b(?:you can|to) book (?:online|here|now|in)\b|\bbook(?:ings?)? (?:online|now|here|today)\b|\bget started (?:today|with us|on the right path)\b",
    rf"\b(?:at |with |by |of |from )?our (?:own |expert |experienced |dedicated |specialist |friendly |highly |qualified |skilled |local |multidisciplinary |sports |running |award-winning |orthop\w+ ){{0,4}}(?:{_PEOPLE}|clinics?|practices?|studios?|centres?|centers?|services|facilit(?:y|ies)) (?:in|at|are|is|can|will|offers?|provides?|specialis\w+|specializ\w+|has|have|delivers?|use[sd]?|works?|help|to|of|today|here)\b",
    rf"\b(?:at|in|with) our (?:[\w-]+ ){{0,3}}(?:{_PEOPLE}|clinics?|practice|studio|centres?|centers?)\b",
    r"\bwe(?:'|’| a)?(?:re)? (?:also |now |proudly |currently )*(?:offer|provide|speciali[sz]e|stock|sell|ship|deliver|serve|accept|bulk[- ]bill|proud to|here to help|passionate about|committed to|can help you|look forward to)\b",
    r"\b(?:is|are|we(?:'|’)re|we are) here to help\b|\b(?:get in touch|reach out to us|drop us|give us a call|send us|speak (?:to|with) us|talk to us|come and see us|pop in)\b|\breach out by\b",
    rf"\bchat (?:to|with) (?:us|an? (?:expert|specialist|running)|our|one of our)\b|\b(?:speak|talk) (?:to|with) (?:our|one of our) {_PEOPLE}\b",
    r"\b(?:sign up|subscribe|enrol|enroll|join)\b.{0,40}\b(?:today|now|free|here|newsletter|programme|program|course|membership|our)\b|\bfree (?:trial|consultation|assessment|discovery|quote|download|e-?book|guide|pdf|call|screening)\b|\bdownload (?:our|the|your) (?:free|app)\b",
    r"\b(?:years|decades) of (?:combined |clinical )?experience\b.{0,60}\b(?:our|we|team|clinic)\b|\b(?:award-winning|trusted by|highly rated|five[- ]star|5[- ]star|testimonials?|success stories)\b",
    r"\b(?:specialis|specializ)es? in (?:helping|treating|the treatment|sports|running)\b|\bfocus(?:es)? on helping (?:active|runners|people|athletes|you|patients)\b",
    r"\blet (?:us|our)\b.{0,60}\b(?:help|guide|get you|team)\b|\b(?:start|begin) your (?:journey|recovery|free)\b.{0,60}(?:today|with us|[!])|\btake the first step\b",
    rf"\b(?:(?:at|with|by|visit(?:ing)?|see(?:ing)?) an?|our|expert) (?:[\w-]+ ){{1,3}}(?:clinic|specialist|surgeon|{_PEOPLE}|treatment) in (?-i:[A-Z])|\bhip pain treatment in (?-i:[A-Z])",
    r"\b(?:a|any) (?:clinic|practice) like (?-i:[A-Z])",
    r"(?-i:^At [A-Z][\w&’'-]*(?: [A-Z][\w&’'-]*){0,4},) (?:we|our|this is one of the most common|\w+ pain is (?:not )?treated)\b",
    r"\b(?-i:[A-Z]{2,}[a-z]*|[A-Z][a-z]+ [A-Z]\w+) (?:focuses on helping|has a short video|offers|provides) ",
    r"^(?:[\U0001F300-\U0001FAFF\u2600-\u27BF\U0001F190-\U0001F1FF]\ufe0f? ?)+.{0,80}\b(?:book|call|serving|visit|free|now|today|online|located|open|join|shop)\b",
)  # fmt: skip
_SELLS = re.compile("|".join(f"(?:{pattern})" for pattern in _PATTERNS), re.IGNORECASE)
# Whom to ring when something is wrong is advice, whoever's number it is.
_HELPLINE = re.compile(
    r"\b(?:999|911|112|111|000|116 ?123|emergenc\w+|ambulance|a ?& ?e|helplines?|crisis|poison|nurse[- ]on[- ]call|samaritans|lifeline|urgent(?:ly)?|your (?:gp|doctor|midwife|nurse))\b",
    re.IGNORECASE,
)
_HEADINGS = (
    r"contact(?: (?:us|details|information|me))?|get in touch(?: with us)?|find us|visit us|how to (?:find|contact|reach|book with) us|where (?:we are|to find us)|location(?:s| and hours)?",
    r"(?:our|the) (?:[\w&-]+ ){0,2}(?:clinics?|team|services?|prices?|fees?|locations?|story|approach|products?|offers?|programmes?|packages?)|(?:meet|about) (?:us|(?:our|the) (?:team|clinic|author|physio\w*|writer|practice|coach))|about (?-i:[A-Z][\w’'&-]+ (?:[A-Z][\w’'&-]* ?){1,4})(?:clinic|physio\w*|therapy|health|sports?|medicine)?",
    r"(?:opening|clinic|business) (?:hours|times)|prices?(?: list)?|pricing(?: and .*)?|fees(?: and .*)?|how much (?:does it|do we|do our .*) cost\??|insurance|referrals",
    rf"(?:book|schedule|arrange|request|reserve)(?: (?:now|online|today|here)|.{{0,40}}\b{_VISIT}\b(?! (?:with|at) (?:your|a|the) (?:gp|doctor)).{{0,60}})|make an appointment(?: with us)?|appointments?|bookings?",
    r"(?:do you )?need (?:more )?help(?: now| with .{3,60})?\??|ready to .{3,80}|take the (?:first|next) step.{0,60}|start your .{3,60} (?:today|with us|now)!?|how (?:we|our (?:clinic|team|physio\w*)) (?:can )?(?:help|treat|approach|work).{0,60}|how (?-i:[A-Z]{2,}|[A-Z][\w’']+ (?:[A-Z][\w’']+ ?)+) (?:can help|helps|approaches|treats|works).{0,60}",
    r"why choose .{2,60}|(?:client|patient|customer)? ?(?:testimonials?|reviews?|success stories)|what (?:our|my) (?:clients|patients|customers|runners) say.{0,30}|special offers?|(?:current )?(?:offers|promotions|discounts)|gift (?:cards?|vouchers?)|shop|our shop|sponsors?|partners",
    r".{0,80}\b(?:at|from|with) our (?:[\w-]+ ){0,3}(?:clinics?|practice|studio|centres?|team|physio\w*|experts?|specialists?)\b.{0,20}|(?!when |why |what |how |where |who ).{0,60}\b(?:expert|specialist|surgeon|clinic|physio\w*|treatment) (?:in|near) (?-i:[A-Z]).{0,40}",
)  # fmt: skip
_HEADING = re.compile(rf"(?:{'|'.join(_HEADINGS)})[.:!?]?", re.IGNORECASE)


def promotes(sentence: str) -> bool:
    """Whether a sentence sells something or gives a contact, a price, an address or opening hours. Helplines are advice."""
    return bool(_SELLS.search(sentence)) and not _HELPLINE.search(sentence)


def heads_promotion(heading: str) -> bool:
    """Whether what stands below a heading sells or gives contacts, such as "Book an assessment" or "Opening hours"."""
    return bool(_HEADING.fullmatch(heading.strip()))
