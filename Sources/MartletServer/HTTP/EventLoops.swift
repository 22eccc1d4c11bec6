import MartletCore
import NIOCore
package import NIOPosix

/// The threads that connections live on: one for each processor that this process may use, whether `taskset` or a container says so.
package enum EventLoops {
    package static let shared = MultiThreadedEventLoopGroup(
        numberOfThreads: min(System.coreCount, Processors.usableCount))
}
