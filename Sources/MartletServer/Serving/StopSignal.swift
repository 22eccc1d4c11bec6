import Dispatch

#if canImport(Glibc)
import Glibc
#endif

/// The operating system's wish that a process end: SIGTERM or SIGINT.
package enum StopSignal {
    /// Waits for the first such signal, or for the task's cancellation, which gives the signals their usual meaning back.
    /// - Returns: the signal's number; 0 when cancelled.
    package static func wait() async -> Int32 {
        let numbers = [SIGTERM, SIGINT]
        numbers.forEach { signal($0, SIG_IGN) }
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        let sources = numbers.map { number in
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield(number) }
            source.resume()
            return source
        }
        defer { sources.forEach { $0.cancel() } }
        for await number in stream { return number }
        numbers.forEach { signal($0, SIG_DFL) }
        return 0
    }
}
