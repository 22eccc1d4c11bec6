import Glibc

/// A moment by the process's CPU time and by the clock.
struct Clock {
    private let cpu: Double
    private let wall: Double

    static var now: Clock { Clock(cpu: seconds(CLOCK_PROCESS_CPUTIME_ID), wall: seconds(CLOCK_MONOTONIC)) }

    /// The seconds since then.
    var elapsed: (cpu: Double, wall: Double) {
        let now = Clock.now
        return (now.cpu - cpu, now.wall - wall)
    }

    private static func seconds(_ id: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(id, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
