"""Furniture: lines of a saved web page that are no part of the article."""

from __future__ import annotations

import re
from collections.abc import Sequence

_NETWORK = r"(?:facebook|twitter|x|linkedin|pinterest|whats ?app|instagram|reddit|youtube|tik ?tok|telegram|messenger|mastodon|bluesky|threads|tumblr|flipboard)"
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DAY = rf"(?:(?:\d{{1,2}}(?:st|nd|rd|th)? )?{_MONTH}(?: \d{{1,2}}(?:st|nd|rd|th)?)?(?:,? \d{{4}})?|\d{{4}}-\d\d-\d\d|\d{{1,2}}[/.]\d{{1,2}}[/.]\d{{2,4}})"
_POSTS = r"(?:posts?|articles?|stories|story|blogs?|reads?|reading|news|guides?|pages?)"
# Headings below which a page goes on with what is not the article, whole sentences included: comments, a form, a notice.
_ENDS = (
    r"\d* ?comments?(?: \(\d+\)| (?:on|to) .{3,120})?|\d+ (?:responses?|replies|thoughts)(?: (?:on|to) .{3,120})?|comentarios"
    r"|(?:leave|add|post|write) a (?:reply|comment|response)(?: cancel reply)?|join the (?:conversation|discussion)",
    r"(?:(?:subscribe|sign up|join)(?: (?:to|for))? (?:our|the|my) )?(?:(?:free|weekly|monthly|e-?mail|running) ){0,2}(?:newsletters?|mailing list)"
    r"(?: sign-?up)?|subscribe(?: (?:now|today|here|by e-?mail))?|never miss an? (?:post|update|article).{0,20}"
    r"|stay (?:up to date|in the loop|updated)|get (?:our|the) (?:latest|newsletter).{0,60}",
    r"we (?:value|care about|respect) your privacy|cookies?(?: (?:consent|notice|policy|settings|preferences))|your privacy(?: choices)?"
    r"|privacy (?:overview|preferences?|settings)",
)
# The same for what is a list of short lines: other articles, contents, networks. A sentence below belongs to the article.
_LISTS = (
    rf"(?:related|recent|latest|popular|recommended|similar|further|more|other|trending|featured)(?: (?:{_POSTS}|topics|content|for you)){{1,3}}|related"
    r"|(?:you|we)(?:'|’)? ?(?:may|might|could|will|ll)? (?:also )?(?:like|love|enjoy|recommend)(?: (?:these|this|reading))?",
    rf"more from\b.{{0,60}}|more {_POSTS}.{{0,40}}|read (?:next|this next|also)|up next|keep reading|what to read next",
    r"share(?: (?:this|it|the))?(?: (?:post|article|page|story|entry))?(?: (?:with|to) (?:your )?friends)?|(?:please )?share (?:on|via|with|by)"
    r"|spread the word|follow us(?: on [\w ,&]{1,60})?|connect with us|stay connected",
    r"(?:table of )?contents|on this page|in this (?:article|post|guide)|jump to|quick links|useful links|categories|archives?|tags|search|navigation"
    r"|main menu|menu|(?:primary )?sidebar|footer|site ?map",
)
# Each is a whole line: a sentence of an article that happens to begin so stays. Lines that sell or give a contact stay as well
# (`ingest.promotion`): they answer a question about the source, and are never used as advice.
_LINES = (
    r"you are currently viewing\b.*",
    r"(?:by [\w .’'-]{3,40}[ ,|·–-]*)?(?:about )?\d+[ -]min(?:ute)?s?(?: read(?:ing)?(?: time)?)?[ ,|·–-]*(?:by [\w .’'-]{3,40})?(?<![ \d]min)(?<!mins)(?<!minute)(?<!minutes)",
    r"(?:estimated )?read(?:ing)? time:? (?:about )?\d+ ?min(?:ute)?s?",
    r"(?:(?:medically )?(?:written|reviewed|posted|published|edited)(?: and reviewed)? by|author:) .{3,60}",
    rf"(?:(?:first |originally )?(?:posted|published|updated|reviewed|modified|last (?:updated|modified|reviewed)|date)(?: on)?:? ?)?{_DAY}(?:[ ,|·–-]+(?:by|in) [\w .’'&,-]{{3,60}}|[ ,|·–-]+(?:no|\d+) comments?|[ ,|·–-]+\d+ min(?:ute)?s? read|[ ,|·–-]+\d+ views?)+",
    rf"(?:first |originally )?(?:posted|published|updated|reviewed|modified|last (?:updated|modified|reviewed))(?: on)?:? {_DAY}(?:[ ,|·–-].{{0,60}})?",
    r"by (?-i:[A-Z][\w.’'-]+(?: [A-Z][\w.’'-]+){1,3})(?:,? (?:MSc|PhD|MD|PT|DPT|BSc|MCSP)){0,3}",
    r"(?:tags?|categor(?:y|ies)|topics): [\w ,&#/’'-]{2,120}|(?:tagged|filed under|posted in):? [\w ,&#/’'-]{2,120}",
    r"[\d.,]+k? (?:views?|likes?|shares?|claps?|reads?)|(?:like|share)s? [\d.,]+k?",
    # Navigation.
    r"(?:skip|jump) to (?:the )?(?:main |primary |page )?(?:content|navigation|footer|search|sidebar|menu)|table of contents|(?:back|return|scroll|go) to (?:the )?(?:top|home(?:page)?|blog|news|all (?:posts|articles)|articles)",
    r"(?:back to|all|view all|see all|browse all|show all) (?:posts|articles|blogs?|news|results|topics)|go back|load more|show more|show less|read more|continue reading|learn more|find out more|view more|click here",
    r"(?:open|close|toggle|main|mobile|primary|site)? ?(?:menu|navigation|nav|search)|home|close|log ?in|log ?out|sign in|sign up|register|my account|(?:shopping )?(?:cart|basket|bag)(?: \(?\d+\)?)?|search(?: for)?(?: this site| \.{3}|…)?",
    r"home *(?:[|>»›/→][^|>»›/→]{1,80})+",
    rf"[←«‹<]* ?(?:previous|prev|next|older|newer)(?: {_POSTS})? ?[→»›>]*|(?:previous|next|prev) {_POSTS}(?:: ?| )?.{{0,120}}(?<![.!?])",
    # Sharing and comments.
    rf"(?:click to |please )?(?:share|tweet|pin|like|save|print|e-?mail|send|post|copy|follow)(?: (?:it|this|us|that))?(?: (?:{_POSTS}|link|url))?(?: (?:on|via|with|by|to|in|a link to) (?:{_NETWORK}|e-?mail|a friend|a new (?:tab|window)))?(?: \(opens in (?:a )?new (?:window|tab)\))?",
    rf"(?:{_NETWORK}(?:[ ,|/·•-]+|$))+(?:e-?mail|print|copy link|link)?|copy (?:the )?(?:link|url)|link copied!?|(?:like this: ?)?(?:like )?loading(?:\.{{3}}|…)?|opens in (?:a )?new (?:tab|window)",
    r"(?:your )?(?:name|e-?mail(?: address)?|website|comment|message|phone(?: number)?|first name|last name) ?\*?|required fields are marked ?\*?|submit|post comment|cancel reply|reply|report",
    r"your e-?mail address will not be published\..*|save my name, e-?mail,? and website in this browser.*|(?:you must be|please) (?:logged|log|sign(?:ed)?) in to .{0,40}comment.*|be the first to (?:comment|reply).*|notify me of .{0,60}(?:comments|posts) by e-?mail|comments are closed|this site uses akismet.*",
    r"(?:enter|type) your (?:e-?mail|name)\b.{0,60}|(?:we(?:'ll|’ll| will)? )?(?:never|won(?:'|’)t|don(?:'|’)t|no) spam\b.{0,60}|unsubscribe(?: at any time| anytime)?|you can unsubscribe .{0,60}|(?:thanks|thank you) for (?:subscribing|signing up)",
    r"(?:subscribe|sign up|join|get|receive)\b.{0,80}\b(?:newsletter|mailing list|(?:to|in) your inbox)\b.{0,80}",
    # Cookie notices that speak of no site; the others are recognised by their words.
    r"(?:accept|reject|decline|allow|deny|refuse|agree)(?: (?:all|and|&|essential|selected|only|to|the|continue|close|necessary|optional))*(?: cookies)?|(?:manage|cookie|privacy|customi[sz]e|change)(?: (?:my|your))? (?:cookies|consent|policy|settings|preferences|choices|notice|options)|got it|i (?:agree|accept|understand)|ok(?:ay)?|customi[sz]e|show details|(?:strictly )?necessary(?: cookies)?(?: only)?|save (?:my )?preferences|always (?:active|enabled)",
    # The page's foot.
    r"(?:privacy|cookies?|refund|returns|shipping|complaints|editorial|accessibility)(?: (?:policy|notice|statement))|terms(?:(?: (?:and|&) conditions| of (?:use|service)))?|disclaimer|accessibility|careers|impressum|imprint",
    r"(?:(?:privacy|terms|cookies?|legal|sitemap|accessibility|contact|about|disclaimer)(?: (?:policy|us|notice|of use|of service|& conditions|and conditions|statement))? ?[|·•/–-] ?)+[\w &]{2,40}",
    r"(?:©|\(c\)|copyright).{0,160}|.{0,100}\ball rights reserved\b.{0,60}|(?:powered|website|site|web ?design|designed|built|made|theme|hosted)(?: (?:with|and built|designed))? by .{2,60}|registered (?:company|charity|office)\b.{0,160}",
    r"(?:advertisement|advertorial|sponsored(?: (?:content|post|links?))?|ads?|article continues below(?: (?:advertisement|this ad))?|story continues below)",
    r"(?:photo|image|picture|photograph)s? (?:credits?|by|courtesy of|source):? .{2,80}|photos?: .{2,60}|(?:getty|shutterstock|unsplash|istock)(?: images)?",
)  # fmt: skip
_PAGE = re.compile(rf"(?:{'|'.join((*_ENDS, *_LISTS, *_LINES))})[.:!…]?", re.IGNORECASE)
_END = re.compile(rf"(?:{'|'.join(_ENDS)})[.:!…]?", re.IGNORECASE)
_LIST = re.compile(rf"(?:{'|'.join(_LISTS)})[.:!…]?", re.IGNORECASE)
# Runners eat cookies too, so a notice must speak of a site, of consent or of what is done with them, twice.
_COOKIES = re.compile(r"\bcookies\b", re.IGNORECASE)
_USES_COOKIES = re.compile(r"(?:we|(?:this|our) (?:web)?site) uses? cookies\b", re.IGNORECASE)
_CONSENT = re.compile(
    r"\b(?:(?:web)?sites?|experience|traffic|consent|privacy|adverts?|advertis\w+|ads|brows\w+|analytics|third[- ]part\w+|personali[sz]\w+"
    r"|preferences|settings|similar technologies|device|necessary|functional\w*|accept|agree|policy|visitors?|navigate|marketing)\b",
    re.IGNORECASE,
)
# What the entries of a site's menu are called; one of them alone may be a heading.
_MENU = re.compile(
    r"(?:about|contact)(?: us)?|(?:our )?(?:services|team|story|work|clinics?|locations?|prices|pricing|fees|shop|store|products|courses|events|news|blog"
    r"|resources|testimonials|reviews|gallery|faqs?|treatments?|conditions|physiotherapy|massage|podiatry|pilates|careers|jobs|press|partners|help|support)"
    r"|home|articles|videos?|podcasts?|guides?|book (?:now|online|an appointment|appointment)|get in touch|find us|training plans?|races?|gear|nutrition|running|community|members|forum|account",
    re.IGNORECASE,
)
_RUN = 3  # that many of them one below the other are a menu
_LENGTH = 500  # characters; a longer line is text
_DATE = re.compile(_DAY, re.IGNORECASE)


def is_furniture(line: str) -> bool:
    """Whether a line is the page's own, such as "5 min read", "Accept all cookies" or "Leave a comment"."""
    line = line.strip()
    return len(line) <= _LENGTH and (bool(_PAGE.fullmatch(line)) or _is_cookie_notice(line))


def ends_article(heading: str) -> bool:
    """Whether no article stands below a heading, such as "Comments" or "Subscribe to our newsletter"."""
    return len(heading) <= _LENGTH and bool(_END.fullmatch(heading.strip()))


def heads_links(line: str) -> bool:
    """Whether a list of links stands below a line, such as "Related posts" or "On this page"."""
    return len(line) <= _LENGTH and bool(_LIST.fullmatch(line.strip()))


def menus(lines: Sequence[str]) -> set[int]:
    """The numbers of the lines that are entries of a menu: some of its usual words, one below the other."""
    found: set[int] = set()
    run: list[int] = []
    for number, line in enumerate([*lines, "."]):
        if not line.strip():
            continue
        if len(line) < 40 and (_MENU.fullmatch(line.strip()) or is_furniture(line)):
            run.append(number)
            continue
        if len(run) >= _RUN:
            found.update(run)
        run = []
    return found


def is_date(line: str) -> bool:
    """Whether a line is a date and nothing else."""
    return bool(_DATE.fullmatch(line.strip()))


def _is_cookie_notice(line: str) -> bool:
    if not _COOKIES.search(line):
        return False
    return len({word.casefold() for word in _CONSENT.findall(line)}) >= (1 if _USES_COOKIES.match(line) else 2)
