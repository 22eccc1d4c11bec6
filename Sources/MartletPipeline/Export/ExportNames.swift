/// Names that another engine takes, made of the project's, which may be anything.
struct ExportNames {
    /// What an engine takes as a name.
    struct Rule: Sendable {
        let isAllowed: @Sendable (Unicode.Scalar) -> Bool
        let isLowercase: Bool
        /// In the place of all else.
        let substitute: Character
        let lengthMax: Int
    }

    private let rule: Rule
    private var taken: Set<String> = []

    init(_ rule: Rule) { self.rule = rule }

    /// A name that was not given before, as near to the text as the engine takes it; a number tells equal ones apart.
    mutating func name(for text: String, suffix: String = "") -> String {
        let base = allowed(text)
        var number = 1
        while true {
            let ending = number == 1 ? suffix : "\(rule.substitute)\(number)\(suffix)"
            let name = trimmed(String(base.prefix(rule.lengthMax - ending.count))) + ending
            if taken.insert(name).inserted { return name }
            number += 1
        }
    }

    private func allowed(_ text: String) -> String {
        var name = ""
        var isSubstituted = false
        for scalar in (rule.isLowercase ? text.lowercased() : text).unicodeScalars {
            if rule.isAllowed(scalar) {
                let isSame = isSubstituted && Character(scalar) == rule.substitute
                if !isSame { name.unicodeScalars.append(scalar) }
                isSubstituted = false
            } else if !isSubstituted {
                if name.last != rule.substitute { name.append(rule.substitute) }
                isSubstituted = true
            }
        }
        name = trimmed(name)
        return name.isEmpty ? "unnamed" : name
    }

    /// Without substitutes and dots at the ends, where some engines do not take them.
    private func trimmed(_ name: String) -> String {
        let isEdge = { (character: Character) in character == rule.substitute || character == "." }
        return String(name.drop(while: isEdge).reversed().drop(while: isEdge).reversed())
    }
}
