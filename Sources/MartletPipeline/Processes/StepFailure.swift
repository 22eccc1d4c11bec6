package import MartletCore

/// Why a step did not succeed.
package struct StepFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// What a retry is decided by.
    package enum Kind: Sendable, Hashable {
        /// The command ended with a status other than 0.
        case exit(Int32)
        /// A signal that Martlet did not send ended it.
        case signal(Int32)
        /// It was stopped at a limit.
        case time, memory, heartbeat, cpu, fileSize, processes
        /// It was stopped because nobody wants it any more.
        case cancelled
        /// What became of it is not known: the runner or the machine went down meanwhile.
        case lost
        /// It could not begin.
        case start
        /// It ended with status 0 without an output that it declares.
        case output

        /// The word that `retry: {on: […]}` and stored records have for it.
        package var name: String {
            switch self {
            case .exit: "exit"
            case .signal: "signal"
            case .time: "time"
            case .memory: "memory"
            case .heartbeat: "heartbeat"
            case .cpu: "cpu"
            case .fileSize: "file_size"
            case .processes: "processes"
            case .cancelled: "cancelled"
            case .lost: "lost"
            case .start: "start"
            case .output: "output"
            }
        }

        /// The status or the signal, where it has one.
        package var number: Int32? {
            switch self {
            case .exit(let number), .signal(let number): number
            default: nil
            }
        }

        /// The kind of a name; `nil` for a name that is none, or one that lacks its number.
        package init?(name: String, number: Int32?) {
            let plain: [Kind] = [.time, .memory, .heartbeat, .cpu, .fileSize, .processes, .cancelled, .lost, .start, .output]
            switch (name, number) {
            case ("exit", let number?): self = .exit(number)
            case ("signal", let number?): self = .signal(number)
            default:
                guard let kind = plain.first(where: { $0.name == name }) else { return nil }
                self = kind
            }
        }
    }

    package let kind: Kind
    /// The sentence for people; it holds nothing that the command said.
    package let message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    package var description: String { message }

    /// As it is stored.
    package var json: JSONValue {
        let number = kind.number.map { ["number": JSONValue.integer(Int64($0))] } ?? [:]
        return .object(["kind": .string(kind.name), "message": .string(message)].merging(number) { $1 })
    }

    /// Reads what `json` wrote. - Throws: `corrupt`.
    package init(_ json: JSONValue) throws {
        let number = json["number"]?.int.flatMap { Int32(exactly: $0) }
        guard let name = json["kind"]?.string, let kind = Kind(name: name, number: number), let message = json["message"]?.string else {
            throw MartletError(.corrupt, "a step's failure: expected 'kind' and 'message', found \(json.canonicalText.prefix(200))")
        }
        self.init(kind, message)
    }
}
