import Dispatch
import MartletCore
import Synchronization

/// One process with the model, which answers one request at a time.
final class PythonWorker: Sendable {
    private struct State {
        var said: [UInt8] = []
        var end: ChildProcess.End?
    }

    /// How long a process that is ending may take before it is killed, and how long the end is waited for, in seconds.
    private static let (graceSeconds, endSecondsMax) = (5.0, 10.0)

    let launch: PythonLaunch
    let process: ChildProcess
    private let state = Mutex(State())
    private let over = DispatchSemaphore(value: 0)
    private let answers = Atomic<Int>(0)

    /// Starts the process; it has loaded nothing yet.
    init(_ launch: PythonLaunch) throws {
        self.launch = launch
        process = try ChildProcess(launch.command)
    }

    /// How many requests it answered.
    var answerCount: Int { answers.load(ordering: .relaxed) }

    // MARK: For who watches it

    /// Tells it which model to load.
    func greet(until deadline: ContinuousClock.Instant) throws {
        try process.channel.send(launch.greeting.bytes, until: deadline, isGone: { process.hasEnded })
    }

    /// Keeps the last of what it said.
    func hear(_ bytes: [UInt8]) {
        let sizeMax = launch.configuration.saidMaxBytes
        state.withLock { $0.said = Array(($0.said + bytes).suffix(sizeMax)) }
    }

    /// Waits for its end, or brings it about, and lets those know who wait for that.
    func end() {
        let end = process.wait(until: .now + .seconds(Self.graceSeconds))
        state.withLock { $0.end = end }
        over.signal()
    }

    // MARK: For who asks it

    /// Sends a request and waits for its answer. A process that does not answer as it should is killed.
    /// - Throws: `expired`, `unavailable`, `engine`.
    func answer(to request: PythonFrame) throws -> PythonFrame {
        let deadline = ContinuousClock.now + .seconds(launch.configuration.requestSeconds)
        do {
            try process.channel.send(request.bytes, until: deadline, isGone: { process.hasEnded })
            let answer = try receive(until: deadline)
            answers.wrappingAdd(1, ordering: .relaxed)
            return answer
        } catch {
            // One that is ending is let be, so that it can be told how it ended.
            if case ChildChannel.Fault.closed = error { _ = process.wait(until: .now + .seconds(Self.graceSeconds)) }
            process.kill()
            throw self.error(of: error)
        }
    }

    /// Waits for a frame. - Throws: `ChildChannel.Fault`, `PythonFrameFault`.
    func receive(until deadline: ContinuousClock.Instant) throws -> PythonFrame {
        let isGone = { self.process.hasEnded }
        let prefix = try process.channel.receive(PythonFrame.prefixSizeBytes, until: deadline, isGone: isGone)
        let sizes = try PythonFrame.sizes(prefix, bodyMaxBytes: launch.configuration.frameMaxBytes)
        let head = try process.channel.receive(sizes.head, until: deadline, isGone: isGone)
        let body = try process.channel.receive(sizes.body, until: deadline, isGone: isGone)
        do {
            return PythonFrame(head: try JSONValue(parsing: head, as: "its head"), body: body)
        } catch {
            throw PythonFrameFault("a head that is no JSON")
        }
    }

    private func error(of fault: any Error) -> MartletError {
        let name = launch.name
        switch fault {
        case ChildChannel.Fault.late:
            return MartletError(
                .expired,
                "model '\(name)' gave no answer within \(launch.configuration.requestSeconds) s; its process was killed and is started "
                    + "again; send fewer rows or raise request_seconds", cause: said)
        case ChildChannel.Fault.closed:
            return MartletError(
                .unavailable, "model '\(name)': its process \(ending) while it worked on the request; it is started again", cause: said)
        default: return MartletError(.engine, "model '\(name)': \(fault); its process was killed and is started again", cause: said)
        }
    }

    /// How it ended, once it has.
    var ending: String {
        guard over.wait(timeout: .now() + Self.endSecondsMax) == .success else { return "did not end" }
        over.signal()  // for the next who asks
        return state.withLock { $0.end.map { "\($0)" } ?? "ended" }
    }

    /// What it said last; `nil` for nothing.
    var said: PythonWords? {
        let said = state.withLock { $0.said }
        return said.isEmpty ? nil : PythonWords(description: "it said last: \(String(decoding: said, as: UTF8.self))")
    }
}

/// What a process said, for those who look for the cause of an error.
struct PythonWords: Error, CustomStringConvertible {
    let description: String
}
