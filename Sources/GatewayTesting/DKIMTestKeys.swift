// SPDX-License-Identifier: Apache-2.0

/// The keys of RFC 8463 appendix A.2, and others that cannot sign mail.
package enum DKIMTestKeys {
    package static let football = """
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
        -----END PRIVATE KEY-----
        """
    /// RSA with 1,024 bits.
    package static let short = """
        -----BEGIN RSA PRIVATE KEY-----
        MIICXQIBAAKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQi
        Y/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqM
        KrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB
        AoGAH0cxOhFZDgzXWhDhnAJDw5s4roOXN4OhjiXa8W7Y3rhX3FJqmJSPuC8N9vQm
        6SVbaLAE4SG5mLMueHlh4KXffEpuLEiNp9Ss3O4YfLiQpbRqE7Tm5SxKjvvQoZZe
        zHorimOaChRL2it47iuWxzxSiRMv4c+j70GiWdxXnxe4UoECQQDzJB/0U58W7RZy
        6enGVj2kWF732CoWFZWzi1FicudrBFoy63QwcowpoCazKtvZGMNlPWnC7x/6o8Gc
        uSe0ga2xAkEA8C7PipPm1/1fTRQvj1o/dDmZp243044ZNyxjg+/OPN0oWCbXIGxy
        WvmZbXriOWoSALJTjExEgraHEgnXssuk7QJBALl5ICsYMu6hMxO73gnfNayNgPxd
        WFV6Z7ULnKyV7HSVYF0hgYOHjeYe9gaMtiJYoo0zGN+L3AAtNP9huqkWlzECQE1a
        licIeVlo1e+qJ6Mgqr0Q7Aa7falZ448ccbSFYEPD6oFxiOl9Y9se9iYHZKKfIcst
        o7DUw1/hz2Ck4N5JrgUCQQCyKveNvjzkkd8HjYs0SwM0fPjK16//5qDZ2UiDGnOe
        uEzxBDAr518Z8VFbR41in3W4Y3yCDgQlLlcETrS+zYcL
        -----END RSA PRIVATE KEY-----
        """
    /// RSA with 768 bits.
    package static let tooShort = """
        -----BEGIN PRIVATE KEY-----
        MIIB5AIBADANBgkqhkiG9w0BAQEFAASCAc4wggHKAgEAAmEAwQn3LfpuTfGrzgyC
        CGSfocTW01y2mCsIqGX5Ns6ZGVIwonWpn9Mvh7NXchf+slbmi4Vz3yF1JRADZ+/j
        Ktn50Ww0EJXTky9sg/dRKNJrwu7zIAP9US234CjlCDpQIdzXAgMBAAECYEyfBQK1
        /WRowZXmtxJXxljyhYadrUhXBHe7CiFr/a7kRbOmWm6654nIcLQzu//Tp7tW7afR
        dEHAWVPzFGXH59CzGfJtMq1crXfZX26tMzfB/Z6ZoPvmW6HoRnIGwxI7OQIxAPbL
        KIis/1etd/rE+7QakA365BCMH7kTivlqLcOONSCEoHb4mc15WY6KGbuVhrmnbQIx
        AMg9dVKqO19z0LIpFIIwqQHRMvkgv+vylDuvbB8uScarGqDdLar6QXEpj9h0wC+W
        0wIwSq92h84aw/TaH0inh3yWZbSsehl9rCuu3gX07X5Gs52PVhGrsdPsd0dxvCPn
        Dp4NAjB52SwziXNnukocn/Li5klx2aNzBgLDyXF6gF0C/F/YjPY/PVg02uRHwErQ
        JPtt+hECMQDhHetMJl2SXZSFJ7LPuAxRSvfd3/dL5zlQOl5Igc73EGHUSYp4fnXF
        VEeB675tYD4=
        -----END PRIVATE KEY-----
        """
    /// ECDSA, in the same form as the others.
    package static let elliptic = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgFoeidG6QdjmrVfeJ
        H1Kux/+iZlsQE5/w/P9PJTjvQyihRANCAASwi4AAO8QbO16C2vrB74x7jXBm9w5Z
        06NBsARNcDPmNYLhabYB4hKhq3RKPHH2L/ui+f3/q8NKgutVowicv971
        -----END PRIVATE KEY-----
        """
}
