import MartletCore

/// Why bytes are no forest that can be run, before it is known what people call them.
enum ForestFault: Error {
    /// The bytes contradict themselves or end too early. The place is a tree and key, for example `tree 3: threshold`.
    case damaged(place: String, String)
    /// The model is sound, but of a kind that is not run; the text says which and what to do.
    case unsupported(String)

    /// The same for people.
    func error(named what: String, library: Forest.Library) -> MartletError {
        switch self {
        case .damaged(let place, let reason):
            MartletError(
                .corrupt, "\(what) is no sound \(library.rawValue) model: \(place): \(reason); save it again with \(library.rawValue)")
        case .unsupported(let reason): MartletError(.invalidInput, "\(what): \(reason)")
        }
    }
}

extension ForestFault {
    /// Runs a body whose damage lies within a place, for example `tree 3: left_children`.
    static func locating<Value>(_ place: @autoclosure () -> String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch ForestFault.damaged(let inner, let reason) {
            throw ForestFault.damaged(place: "\(place()), \(inner)", reason)
        }
    }
}
