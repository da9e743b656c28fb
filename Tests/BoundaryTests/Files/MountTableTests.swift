// SPDX-License-Identifier: Apache-2.0
import Boundary
import Testing

struct MountTableTests {
    private let container = MountTable(
        mountinfo: """
            700 600 0:50 / / rw,relatime master:1 - overlay overlay rw,lowerdir=/l,upperdir=/u
            701 700 0:51 / /dev rw - tmpfs tmpfs rw
            702 700 254:1 /data /data rw,relatime - ext4 /dev/vda1 rw
            703 702 0:52 / /data/run rw - tmpfs tmpfs rw
            704 700 254:2 / /mnt/with\\040blank rw - xfs /dev/vdb rw
            not a line
            """
    )

    @Test(arguments: [
        ("/secrets/token.json", "overlay"), ("/data/token.json", "ext4"), ("/data", "ext4"),
        ("/data/run/token.json", "tmpfs"), ("/database/x", "overlay"), ("/mnt/with blank/x", "xfs"),
        ("/dev/shm/x", "tmpfs"),
    ])
    func pathLiesOnTheNearestMount(_ path: String, _ kind: String) {
        #expect(container.kind(of: path) == kind)
    }

    @Test
    func whatIsLostIsNamed() {
        #expect(container.volatility(of: "/data/posthaste.db") == nil)
        #expect(container.volatility(of: "/data/run/x")?.hasPrefix("memory (tmpfs)") == true)
        #expect(container.volatility(of: "/secrets/x")?.hasPrefix("the layer of a container (overlay)") == true)
    }

    @Test
    func laterMountHidesAnEarlierOne() {
        let table = MountTable(mountinfo: "1 0 0:1 / /x rw - ext4 a rw\n2 0 0:2 / /x rw - tmpfs b rw")
        #expect(table.kind(of: "/x/y") == "tmpfs")
        #expect(MountTable(mountinfo: "").kind(of: "/") == nil)
    }

    @Test
    func sharedMemoryOfThisMachineIsMemory() {
        #expect(FileStorage.volatility(of: "/dev/shm/nothing/here.json")?.hasPrefix("memory") ?? true)
    }
}
