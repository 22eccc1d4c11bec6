import Dispatch
import Synchronization

#if canImport(Glibc)
import Glibc
#endif

/// The operating system's wish that a process end: SIGTERM or SIGINT.
package struct StopSignal: Sendable {
    /// What Dispatch has put in the place of signals that were watched for. It does so only the first time.
    private static let handlers = Mutex<[Int32: @convention(c) (Int32) -> Void]>([:])

    private let numbers: AsyncStream<Int32>

    /// Runs a body that may wait for such a signal: none that comes after the body has begun is lost. Afterwards the signals have
    /// their usual meaning again.
    /// - Parameter numbers: the signals; no two bodies may watch for the same at once.
    package static func watching<Result>(
        _ numbers: [Int32] = [SIGTERM, SIGINT], _ body: (StopSignal) async throws -> Result
    ) async rethrows -> Result {
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        var sources: [any DispatchSourceSignal] = []
        for number in numbers {
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield(number) }
            sources.append(source)
            // Dispatch takes an ignored signal over, once in a process. Until it has, the signal is lost, so nothing begins before.
            signal(number, handlers.withLock { $0[number] } ?? SIG_IGN)
            await withCheckedContinuation { registered in
                source.setRegistrationHandler { registered.resume() }
                source.resume()
            }
        }
        do {
            let result = try await body(StopSignal(numbers: stream))
            await end(sources, numbers)
            return result
        } catch {
            await end(sources, numbers)
            throw error
        }
    }

    /// Waits until Dispatch has let the signals go.
    private static func end(_ sources: [any DispatchSourceSignal], _ numbers: [Int32]) async {
        for source in sources {
            await withCheckedContinuation { ended in
                source.setCancelHandler { ended.resume() }
                source.cancel()
            }
        }
        for number in numbers {
            let handler = signal(number, SIG_DFL)
            handlers.withLock { $0[number] = handler }
        }
    }

    /// Waits for the first signal, or for the task's cancellation. - Returns: the signal's number; 0 when cancelled.
    package func wait() async -> Int32 {
        for await number in numbers { return number }
        return 0
    }
}
