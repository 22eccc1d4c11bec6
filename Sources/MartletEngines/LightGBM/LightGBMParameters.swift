import Foundation
import MartletCore

/// Parameters as LightGBM reads them: proper names instead of aliases, sorted, so that equal ones are equal bytes.
///
/// Added where absent: `verbosity=-1`, and `num_threads`, which is the number of processors where it is absent or not
/// positive.
struct LightGBMParameters {
    /// How many threads to use, at least 1.
    let threads: Int
    /// `name=value` pairs with a space between them.
    let text: String

    /// - Throws: `invalidInput` for a name that LightGBM does not have, for two names of one parameter, and for a value
    ///   that is empty or has white space or `=` in it, which LightGBM's format cannot express.
    init(_ given: [String: String], knownNames: [String: String]) throws {
        var values = try Self.properlyNamed(given, knownNames)
        let asked = values["num_threads"].map { Int($0) ?? .min } ?? 0
        guard asked > .min, asked <= Int(Int32.max) else {
            throw MartletError(
                .invalidInput,
                "LightGBM parameter 'num_threads': expected a whole number, found '\(values["num_threads"] ?? "")'"
            )
        }
        threads = asked > 0 ? asked : Processors.usableCount
        values["num_threads"] = String(threads)
        values["verbosity"] = values["verbosity"] ?? "-1"
        text = values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    }

    private static func properlyNamed(
        _ given: [String: String], _ knownNames: [String: String]
    ) throws -> [String: String] {
        var values: [String: String] = [:]
        for (name, value) in given.sorted(by: { $0.key < $1.key }) {
            guard let proper = knownNames[name] else {
                let hint = nearest(to: name, among: knownNames.keys).map { "did you mean '\($0)'?" } ?? "remove it"
                throw MartletError(.invalidInput, "LightGBM has no parameter '\(name)'; \(hint)")
            }
            guard !value.isEmpty, !value.contains(where: { $0.isWhitespace || $0 == "=" || $0 == "\0" }) else {
                throw MartletError(
                    .invalidInput,
                    "LightGBM parameter '\(name)': expected a value without white space and '=', found '\(value)'"
                )
            }
            guard values.updateValue(value, forKey: proper) == nil else {
                throw MartletError(
                    .invalidInput, "LightGBM parameter '\(proper)' is given twice, once as '\(name)'; keep one"
                )
            }
        }
        return values
    }
}
