package catalog

// MessageQuestionAnswered tells a doctor that her question at a webinar has its
// first answer; the answer itself stands on the page only.
const MessageQuestionAnswered MessageKind = "question_answered"
