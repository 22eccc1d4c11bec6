import MartletCore

extension SpecificationNode {
    /// A text that can name a thing in a path, an address and a metric: letters, digits, `-` and `_`, at most 64.
    var name: String? { string.flatMap { isName($0) ? $0 : expectedName($0) } }

    /// The key of this node as a name.
    var keyName: String? { path.last.flatMap { isName($0) ? $0 : expectedName($0) } }

    private func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 45 || $0 == 95 }
    }

    private func expectedName(_ text: String) -> String? {
        report("expected a name of letters, digits, '-' and '_' (at most 64), found '\(text.prefix(80))'")
        return nil
    }

    func reference(to names: some Collection<String>, _ what: String) -> String? {
        guard let text = string else { return nil }
        guard !names.contains(text) else { return text }
        let hint = nearest(to: text, among: names).map { "did you mean '\($0)'?" } ?? "there are \(names.sorted().joined(separator: ", "))"
        report("there is no \(what) '\(text)'; \(hint)")
        return nil
    }

    func int(in range: ClosedRange<Int>) -> Int? {
        guard let value = int else { return nil }
        return range.contains(value) ? value : expected("a whole number from \(range.lowerBound) to \(range.upperBound)")
    }

    func double(in range: ClosedRange<Double>) -> Double? {
        guard let value = double else { return nil }
        return range.contains(value) ? value : expected("a number from \(range.lowerBound) to \(range.upperBound)")
    }

    func fraction(in range: ClosedRange<Double>) -> Double? {
        guard let value = fraction else { return nil }
        return range.contains(value) ? value : expected("a share from \(range.lowerBound * 100)% to \(range.upperBound * 100)%")
    }

    /// A duration such as `30 s`, `10 min` or `1.5 h`.
    func duration(in range: ClosedRange<Duration>) -> Duration? {
        guard let text = string else { return nil }
        let units: [(words: [String], seconds: Double)] = [
            (["ms"], 0.001), (["s", "second", "seconds"], 1), (["min", "minute", "minutes"], 60), (["h", "hour", "hours"], 3_600),
            (["d", "day", "days"], 86_400), (["week", "weeks"], 604_800),
        ]
        let digits = text.prefix { $0.isNumber || $0 == "." }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        guard let value = Double(digits), let seconds = units.first(where: { $0.words.contains(String(unit)) })?.seconds else {
            return expected("a duration such as 500 ms, 30 s, 10 min, 2 h or 1 day")
        }
        let duration = Duration.seconds(min(value * seconds, 1e9))
        guard range.contains(duration) else { return expected("a duration from \(range.lowerBound) to \(range.upperBound)") }
        return duration
    }

    /// A size in bytes such as `512 MiB` or `2 GB`.
    func sizeBytes(in range: ClosedRange<Int64>) -> Int64? {
        guard let text = string else { return nil }
        let units: [String: Double] = [
            "B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "KiB": 0x1p10, "MiB": 0x1p20, "GiB": 0x1p30, "TiB": 0x1p40,
        ]
        let digits = text.prefix { $0.isNumber || $0 == "." }
        let unit = text.dropFirst(digits.count).drop { $0 == " " }
        guard let value = Double(digits), let scale = units[String(unit)], value * scale < 0x1p62 else {
            return expected("a size such as 512 MiB or 2 GiB")
        }
        let size = Int64(value * scale)
        guard range.contains(size) else { return expected("a size from \(range.lowerBound) to \(range.upperBound) bytes") }
        return size
    }

    /// A text that the environment of a program can have as a variable of its own: small letters, digits and `_`.
    var variableName: String? {
        guard let text = path.last else { return nil }
        let isName =
            (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 }
        guard isName, let first = text.first, first.isLetter else {
            return SpecificationNode.refused(
                self, "expected a name of small letters, digits and '_' that begins with a letter, found '\(text.prefix(80))'")
        }
        let taken = ["http_proxy", "https_proxy", "no_proxy", "ftp_proxy", "all_proxy"]
        return taken.contains(text)
            ? SpecificationNode.refused(self, "'\(text)' means something to many programs; choose another name") : text
    }

    private static func refused(_ node: SpecificationNode, _ message: String) -> String? {
        node.report(message)
        return nil
    }
}
