import MartletCore

/// The values that a path gives to the parameters of a route's template, percent-decoded and never empty.
package struct RouteParameters: Sendable {
    private let names: [String]
    private let values: [String]

    init(names: [String], values: [String]) {
        self.names = names
        self.values = values
    }

    /// Makes parameters, as tests of a handler need them.
    package init(_ values: KeyValuePairs<String, String> = [:]) {
        self.init(names: values.map(\.key), values: values.map(\.value))
    }

    /// The value of a parameter; `nil` where the template has none of that name.
    package subscript(name: String) -> String? { names.firstIndex(of: name).map { values[$0] } }

    /// The value of a parameter. - Throws: `notFound` where the template has none of that name.
    package func string(_ name: String) throws -> String {
        guard let value = self[name] else {
            throw MartletError(
                .notFound, "there is no path parameter '\(name)'; there are \(names.joined(separator: ", "))")
        }
        return value
    }

    /// The value of a parameter as a number or another type that is read from text.
    /// - Throws: `invalidInput` where the text cannot be read as that type.
    package func value<T: LosslessStringConvertible>(_ name: String, as type: T.Type) throws -> T {
        let text = try string(name)
        guard let value = T(text) else {
            throw MartletError(
                .invalidInput, "path parameter '\(name)': expected \(T.self), found '\(text.prefix(80))'")
        }
        return value
    }
}
