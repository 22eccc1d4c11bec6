extension Double {
    /// The number with a fixed count of decimals, rounded half away from zero; `–` where it is not a number.
    package func formatted(places: Int) -> String {
        guard isFinite else { return isNaN ? "–" : self < 0 ? "−∞" : "∞" }
        guard magnitude < 1e15 else { return "\(self)" }
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let scaled = (magnitude * scale).rounded()
        let isNegative = self < 0 && scaled > 0
        let whole = (scaled / scale).rounded(.down)
        let fraction = String(Int64(scaled - whole * scale))
        let digits = places == 0 ? "" : "." + String(repeating: "0", count: max(0, places - fraction.count)) + fraction
        return "\(isNegative ? "-" : "")\(Int64(whole))\(digits)"
    }

    /// The number as a percentage with a sign: `+4.2%`.
    package var signedPercent: String { "\(self >= 0 ? "+" : "")\((self * 100).formatted(places: 1))%" }
}

extension BinaryInteger {
    /// The number with commas between thousands: `106,139`.
    package var grouped: String {
        let digits = Array(String(magnitude))
        let groups = stride(from: digits.count, to: 0, by: -3).reversed().map { String(digits[Swift.max(0, $0 - 3)..<$0]) }
        return (self < 0 ? "-" : "") + groups.joined(separator: ",")
    }
}
