package dev.goaround;

import java.util.List;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.HierarchicalBeanFactory;
import org.springframework.context.annotation.ImportSelector;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.PropertySource;
import org.springframework.core.type.AnnotationMetadata;

/**
 * Gives the context of the management port the application's settings, in the application's order. Left to itself, Spring Boot has it read
 * system properties and environment variables first, as they were before anything was made of them, and the flags after those.
 *
 * <p>Selects no imports: being asked for them is what happens before the first condition is looked at.
 */
final class ParentSources implements ImportSelector {

    /** @param beans those of the management port's context */
    ParentSources(Environment own, BeanFactory beans) {
        if (own instanceof ConfigurableEnvironment environment
                && beans instanceof HierarchicalBeanFactory child
                && child.getParentBeanFactory() != null) {
            take(child.getParentBeanFactory().getBean(ConfigurableEnvironment.class), environment);
        }
    }

    private static void take(ConfigurableEnvironment parent, ConfigurableEnvironment child) {
        MutablePropertySources sources = child.getPropertySources();
        for (PropertySource<?> source :
                List.copyOf(parent.getPropertySources().stream().toList())) {
            sources.remove(source.getName());
            sources.addLast(source);
        }
    }

    @Override
    public String[] selectImports(AnnotationMetadata importing) {
        return new String[0];
    }
}
