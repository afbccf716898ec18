package locker;

import org.eclipse.hawkbit.autoconfigure.security.EnableHawkbitManagedSecurityConfiguration;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;

/** A hawkBit update server: all that its starters on the class path configure by themselves. */
@EnableAutoConfiguration
@EnableHawkbitManagedSecurityConfiguration
public class Hawkbit {
    public static void main(String[] arguments) {
        SpringApplication.run(Hawkbit.class, arguments);
    }
}
