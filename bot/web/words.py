"""The page's own words, in one place."""

NAME = "Hipwise"
TAGLINE = "Answers about hip pain for runners, quoted from articles you can check."
STANDING = (
    "General information from published articles. It is not a diagnosis, and nobody here can examine you. "
    "If you are worried, see a health professional. {emergency}"
)
EMERGENCY = "In an emergency, call {number}."
PLACEHOLDER = "Ask about your hip"
SEND = "Ask"
RESTART = "Start again"
EXAMPLES_TITLE = "You could ask"
NEXT_TITLE = "You could ask next"
EXAMPLES = (
    "How long does runner's hip take to heal?",
    "Which exercises strengthen my hips for running?",
    "What can pain on the outside of the hip mean?",
    "When should hip pain be checked?",
    "How do I do a glute bridge?",
)
SOURCES = "Where this stands"
REWORDED = "Reworded by a language model from the numbered sentences. They stand below as the articles have them."
SEARCHED = "Searched for"
WORKING = "Looking through the articles…"
WARMING = "Getting ready for the first question. This takes a few seconds…"
FROM_HELP = "From our article on when to get help"
YOU_WROTE = "You wrote"
UNTIL_THEN = "Until then"
DO_NOT = "Take care"
ALSO = "Also noticed"
LEVELS = {"emergency": "Emergency", "urgent": "Urgent", "soon": "Worth getting checked"}
EMPTY = "Please type a question first."
TOO_LONG = "That message is too long for me: {length} characters, and I can read {most}. Please shorten it."
BROKEN = "Something went wrong on this side. If you have a warning sign, do not wait for me: see a health professional."
PRIVACY = (
    "What you type is answered on the computer that runs this page and is not kept. "
    "The conversation is in this browser tab only, and gone when you close it."
)
PRIVACY_KEPT = (
    "What you type is answered on the computer that runs this page. Questions are kept there for {days}, with names and contact "
    "details taken out, so that the editors see what is missing; conversations with a warning sign are not. Please do not type "
    "who you are."
)
DAYS = ("1 day", "{days} days")
REVIEWED = "reviewed {date}"
