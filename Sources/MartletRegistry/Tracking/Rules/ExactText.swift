/// A text that equals others of the same bytes only: to `==` of texts, letters are equal too that Unicode has as equivalent, and
/// databases and MLflow tell those apart.
struct ExactText: Hashable {
    let text: String

    init(_ text: String) { self.text = text }

    static func == (one: ExactText, other: ExactText) -> Bool { one.text.utf8.elementsEqual(other.text.utf8) }

    // What has the same bytes has the same hash as a text.
    func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
