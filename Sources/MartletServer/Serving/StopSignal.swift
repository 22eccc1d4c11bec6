import Dispatch

#if canImport(Glibc)
import Glibc
#endif

/// The operating system's wish that a process end: SIGTERM or SIGINT.
package struct StopSignal: Sendable {
    private let numbers: AsyncStream<Int32>

    /// Runs a body that may wait for such a signal: none that comes after the body has begun is lost. Afterwards the signals have
    /// their usual meaning again.
    package static func watching<Result>(_ body: (StopSignal) async throws -> Result) async rethrows -> Result {
        let numbers = [SIGTERM, SIGINT]
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        var sources: [any DispatchSourceSignal] = []
        for number in numbers {
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield(number) }
            sources.append(source)
            // Dispatch takes an ignored signal over. Until it has, the signal is lost, so nothing begins before.
            signal(number, SIG_IGN)
            await withCheckedContinuation { registered in
                source.setRegistrationHandler { registered.resume() }
                source.resume()
            }
        }
        defer {
            sources.forEach { $0.cancel() }
            numbers.forEach { signal($0, SIG_DFL) }
        }
        return try await body(StopSignal(numbers: stream))
    }

    /// Waits for the first signal, or for the task's cancellation. - Returns: the signal's number; 0 when cancelled.
    package func wait() async -> Int32 {
        for await number in numbers { return number }
        return 0
    }
}
