/// A strict reader of Prometheus' text format 0.0.4, written from its description and not from our writer.
struct ExpositionParser {
    struct Sample: Equatable {
        let name: String
        let labels: [String: String]
        let value: Double
    }

    struct Broken: Error, Equatable {
        let line: String
        let reason: String
    }

    private(set) var types: [String: String] = [:]
    private(set) var helps: [String: String] = [:]
    private(set) var samples: [Sample] = []

    init(_ text: String) throws {
        guard text.isEmpty || text.hasSuffix("\n") else { throw Broken(line: "", reason: "no line feed at the end") }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            do {
                try read(String(line))
            } catch let error as Broken {
                throw Broken(line: String(line), reason: error.reason)
            }
        }
    }

    /// The value of one sample.
    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        samples.first { $0.name == name && $0.labels == labels }?.value
    }

    private mutating func read(_ line: String) throws {
        if line.hasPrefix("# ") { return try readComment(line) }
        var rest = Array(line.unicodeScalars)[...]
        let name = Self.name(&rest)
        guard !name.isEmpty else { throw Broken(line: "", reason: "no name") }
        let labels = rest.first == "{" ? try Self.labels(&rest) : [:]
        guard rest.popFirst() == " " else { throw Broken(line: "", reason: "no space before the value") }
        guard let value = Self.number(String(String.UnicodeScalarView(rest))) else {
            throw Broken(line: "", reason: "no number")
        }
        let family = try family(of: name, labels)
        guard types[family] != nil else { throw Broken(line: "", reason: "a sample before its TYPE") }
        let sample = Sample(name: name, labels: labels, value: value)
        guard !samples.contains(where: { $0.name == name && $0.labels == labels }) else {
            throw Broken(line: "", reason: "a sample twice")
        }
        samples.append(sample)
    }

    private mutating func readComment(_ line: String) throws {
        let parts = line.split(separator: " ", maxSplits: 3).map(String.init)
        guard parts.count >= 3 else { throw Broken(line: "", reason: "a comment without a name") }
        switch parts[1] {
        case "HELP": helps[parts[2]] = parts.count > 3 ? parts[3] : ""
        case "TYPE":
            guard parts.count == 4, ["counter", "gauge", "histogram"].contains(parts[3]) else {
                throw Broken(line: "", reason: "an unknown type")
            }
            guard types[parts[2]] == nil else { throw Broken(line: "", reason: "a TYPE twice") }
            types[parts[2]] = parts[3]
        default: throw Broken(line: "", reason: "an unknown comment")
        }
    }

    private func family(of name: String, _ labels: [String: String]) throws -> String {
        for suffix in ["_bucket", "_sum", "_count"] where name.hasSuffix(suffix) {
            let family = String(name.dropLast(suffix.count))
            guard types[family] == "histogram" else { continue }
            guard (suffix == "_bucket") == (labels["le"] != nil) else {
                throw Broken(line: "", reason: "le out of place")
            }
            return family
        }
        guard types[name] != "histogram" else { throw Broken(line: "", reason: "a bare sample of a histogram") }
        return name
    }

    private static func name(_ rest: inout ArraySlice<Unicode.Scalar>) -> String {
        var name = String.UnicodeScalarView()
        while let next = rest.first, isNamePart(next), !(name.isEmpty && ("0"..."9").contains(next)) {
            name.append(next)
            rest.removeFirst()
        }
        return String(name)
    }

    private static func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar) || scalar == "_"
            || scalar == ":"
    }

    private static func labels(_ rest: inout ArraySlice<Unicode.Scalar>) throws -> [String: String] {
        rest.removeFirst()
        var labels: [String: String] = [:]
        while rest.first != "}" {
            let label = name(&rest)
            guard !label.isEmpty, !label.contains(":") else { throw Broken(line: "", reason: "no label name") }
            guard rest.popFirst() == "=", rest.popFirst() == "\"" else { throw Broken(line: "", reason: "no =\"") }
            guard labels.updateValue(try quoted(&rest), forKey: label) == nil else {
                throw Broken(line: "", reason: "a label twice")
            }
            guard rest.first == "," else { break }
            rest.removeFirst()
        }
        guard rest.popFirst() == "}" else { throw Broken(line: "", reason: "no }") }
        return labels
    }

    private static func quoted(_ rest: inout ArraySlice<Unicode.Scalar>) throws -> String {
        var value = String.UnicodeScalarView()
        while let next = rest.popFirst() {
            switch next {
            case "\"": return String(value)
            case "\\":
                switch rest.popFirst() {
                case "\\": value.append("\\")
                case "\"": value.append("\"")
                case "n": value.append("\n")
                default: throw Broken(line: "", reason: "an unknown escape")
                }
            default: value.append(next)
            }
        }
        throw Broken(line: "", reason: "no closing quote")
    }

    private static func number(_ text: String) -> Double? {
        switch text {
        case "+Inf": .infinity
        case "-Inf": -.infinity
        case "NaN": .nan
        default: text.contains(" ") ? nil : Double(text)
        }
    }
}
